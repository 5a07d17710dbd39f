-- What is really behind each order, and whether a report must count it.
with orders as (

    select * from {{ ref('gen_orders') }}

),

refunds as (

    select
        order_key,
        sum(goods_cents + goodwill_cents)::bigint as refunded_cents
    from {{ ref('gen_refunds') }}
    group by order_key

),

pulled as (

    select
        order_key,
        is_pulled_forward
    from {{ ref('gen_occasions') }}

)

select
    'o' || orders.order_key as order_id,
    case when orders.origin != 'stranger' then 'c' || orders.customer_no end as person_id,
    orders.ordered_at,
    orders.currency,
    orders.origin,
    orders.status_before_refund not in ('pending', 'cancelled', 'failed') as is_valid,
    orders.status_before_refund not in ('pending', 'cancelled', 'failed')
    and orders.origin not in ('trial', 'gift_card') as is_counted,
    orders.origin in ('promotion', 'campaign') as is_incremental,
    coalesce(pulled.is_pulled_forward, false) as is_pulled_forward,
    case when orders.origin = 'gift_card' then 0 else orders.subtotal_cents end * 0.01 as gross_amount,
    orders.discount_cents * 0.01 as discount_amount,
    coalesce(refunds.refunded_cents, 0) * 0.01 as refund_amount
from orders
left join refunds on refunds.order_key = orders.order_key
left join pulled on pulled.order_key = orders.order_key
