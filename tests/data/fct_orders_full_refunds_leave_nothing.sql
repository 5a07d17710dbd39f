-- Trap 16.
-- Who gave back all that was paid for goods, in the order's own currency, leaves exactly 0 in
-- the reporting currency.
with

paid as (

    select
        order_id,
        sum(net_amount) as amount
    from {{ ref('int_order_line_amounts') }}
    group by order_id

),

given_back as (

    select
        order_id,
        currency,
        sum(amount) as amount
    from {{ ref('int_refunds_linked') }}
    where has_order
    group by order_id, currency

)

select
    orders.order_id,
    orders.net_revenue_order_basis
from {{ ref('fct_orders') }} as orders
inner join paid
    on orders.order_id = paid.order_id
inner join given_back
    on
        orders.order_id = given_back.order_id
        and orders.currency = given_back.currency
where
    orders.is_valid
    and paid.amount = given_back.amount
    and orders.net_revenue_order_basis <> 0
