{{ config(
    materialized='external',
    location=var('output') ~ '/carts.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

with contents as (

    select
        order_key,
        visit_no,
        sum(quantity * unit_price_cents)::bigint as value_cents
    from {{ ref('gen_carts') }}
    group by order_key, visit_no

)

select
    {{ visit_key('k', 'sessions') }} as cart_id,
    {{ visit_key('s', 'sessions') }} as session_id,
    case when sessions.is_known then 'c' || sessions.customer_no end as customer_id,
    sessions.started_at
    + to_seconds(epoch(sessions.ended_at - sessions.started_at)::bigint // 3) as created_at,
    {{ seen('sessions.ended_at') }} as updated_at,
    case
        when sessions.depth >= 4
            then sessions.started_at
                + to_seconds(epoch(sessions.ended_at - sessions.started_at)::bigint * 2 // 3)
    end as checkout_started_at,
    case
        when sessions.depth = 5 and {{ seen('sessions.ended_at') }} is not null then 'o' || sessions.order_key
    end as order_id,
    {{ money('contents.value_cents') }} as value,
    orders.currency
from {{ ref('gen_sessions') }} as sessions
inner join contents
    on contents.order_key = sessions.order_key
    and contents.visit_no = sessions.visit_no
inner join {{ ref('gen_orders') }} as orders on orders.order_key = sessions.order_key
where {{ in_window('sessions.started_at', ['sessions.ended_at']) }}
order by sessions.order_key, sessions.visit_no
