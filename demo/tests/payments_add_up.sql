-- What was captured is the total of each paid order.
with captured as (

    select
        order_key,
        sum(amount_cents) as captured_cents
    from {{ ref('gen_payments') }}
    where status = 'captured'
    group by order_key

)

select orders.order_key
from {{ ref('gen_orders') }} as orders
left join captured on captured.order_key = orders.order_key
where
    orders.total_cents > 0
    and case when orders.paid_at is not null then orders.total_cents end
        is distinct from captured.captured_cents
