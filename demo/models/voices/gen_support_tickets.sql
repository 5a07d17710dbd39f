-- Calls for help: more of them where something went wrong.
with experiences as (

    select
        order_key,
        customer_no,
        ordered_at,
        delivered_at,
        is_late,
        is_refunded_soon,
        mood,
        {{ digest('ticket', 'order_key', 1) }} as ticket_digest
    from {{ ref('gen_experiences') }}

),

-- materialized, so that what follows is worked out for those few only
opened as materialized (

    select
        *,
        case
            when is_late then 'delivery'
            when is_refunded_soon then 'return'
            when {{ draw('ticket_digest', 3) }} < 0.4 then 'product'
            when {{ draw('ticket_digest', 3) }} < 0.7 then 'delivery'
            else 'payment'
        end as category,
        -- late parcels are asked for while they travel
        case
            when is_late then ordered_at
                + to_seconds(floor(
                    epoch(delivered_at - ordered_at) * (0.5 + 0.5 * {{ draw('ticket_digest', 2) }})
                )::bigint)
            else delivered_at
                + to_seconds(3600 + floor({{ draw('ticket_digest', 2) }} * 8 * 86400)::bigint)
        end as created_at
    from experiences
    where
        {{ draw('ticket_digest') }} < 0.05
        + case when is_late then 0.25 else 0 end
        + case when is_refunded_soon then 0.2 else 0 end

),

-- only those who call need the second digest
answer_digests as (

    select
        *,
        {{ digest('ticket', 'order_key', 2) }} as answer_digest
    from opened

),

answer_draws as (

    select
        *,
        {{ quantile_place(draw('answer_digest')) }} as response_place,
        {{ draw('answer_digest', 2) }} as resolution_draw,
        {{ draw('answer_digest', 3) }} as csat_draw
    from answer_digests

),

answered as (

    select
        opened.*,
        -- log-normal, three hours in the middle
        opened.created_at + to_seconds(
            round(3600 * exp(
                ln(3) + 0.9 * {{ quantile('responses', 'normal', 'opened.response_place') }}
            ))::bigint
        ) as first_response_at
    from answer_draws as opened
    inner join {{ ref('gen_quantiles') }} as responses
        on responses.point = floor(opened.response_place)::integer
    where opened.created_at < {{ end_of_time() }}

),

resolved as (

    select
        *,
        first_response_at + to_seconds(1200 + floor(-ln(resolution_draw) * 86400)::bigint) as resolved_at
    from answered

)

select
    order_key,
    customer_no,
    created_at,
    case when first_response_at < {{ end_of_time() }} then first_response_at end as first_response_at,
    case when resolved_at < {{ end_of_time() }} then resolved_at end as resolved_at,
    category,
    case
        when resolved_at < {{ end_of_time() }} then 'closed'
        when first_response_at < {{ end_of_time() }} then 'pending'
        else 'open'
    end as status,
    case category
        when 'payment' then 'billing'
        when 'delivery' then 'logistics'
        else 'care'
    end as team,
    case
        when resolved_at < {{ end_of_time() }} and csat_draw < 0.45 then
            case
                when mood < -1.8 then 1
                when mood < -1.2 then 2
                when mood < -0.5 then 3
                when mood < 0.4 then 4
                else 5
            end
    end as csat
from resolved
