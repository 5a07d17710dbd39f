-- What was refunded with an order sums to the same money by the day of the refund and by the day
-- of the order.
with

by_refund_date as (

    select coalesce(sum(refund_amount - refund_without_order_amount), 0) as amount
    from {{ ref('fct_refund_items') }}

),

by_order_date as (

    select coalesce(sum(refund_amount_order_basis), 0) as amount
    from {{ ref('fct_orders') }}

)

select
    by_refund_date.amount as by_refund_date,
    by_order_date.amount as by_order_date
from by_refund_date
cross join by_order_date
where by_refund_date.amount is distinct from by_order_date.amount
