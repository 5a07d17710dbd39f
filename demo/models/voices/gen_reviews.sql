-- Stars for the first line of an order, some days after delivery.
with experiences as (

    select
        order_key,
        customer_no,
        mood,
        answer_draw * 1000 % 1 as review_draw,
        delivered_at + interval 2 day + to_seconds(floor(time_draw * 20 * 86400)::bigint) as created_at
    from {{ ref('gen_experiences') }}

)

select
    experiences.order_key,
    experiences.customer_no,
    lines.product_no,
    experiences.created_at,
    case
        when experiences.mood < -1.7 then 1
        when experiences.mood < -1.1 then 2
        when experiences.mood < -0.5 then 3
        when experiences.mood < 0.4 then 4
        else 5
    end as score,
    experiences.review_draw >= 0.012 as is_verified
from experiences
inner join {{ ref('gen_order_lines') }} as lines
    on lines.order_key = experiences.order_key
    and lines.line_no = 1
where
    experiences.review_draw < 0.16
    and experiences.created_at < {{ end_of_time() }}
