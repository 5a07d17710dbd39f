-- Trap 9.
-- Orders and refunds, by customer and of the anonymous, are all of the shop's: nothing is lost
-- or counted twice.
with

customers as (

    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(units), 0) as units,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(refund_amount), 0) as refund_amount,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis,
        coalesce(sum(total_sales), 0) as total_sales
    from {{ ref('dim_customers') }}

),

orders as (

    select
        count(*) filter (where is_valid) as orders,
        coalesce(sum(units), 0) as units,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis,
        coalesce(sum(revenue_before_refunds + shipping_amount + tax_amount), 0) as sales
    from {{ ref('fct_orders') }}
    where not is_anonymous

),

refunds as (

    select
        coalesce(sum(refund_amount), 0) as refund_amount,
        coalesce(sum(refund_amount + refunded_shipping_amount + refunded_tax_amount), 0) as money
    from {{ ref('fct_refund_items') }}
    where not is_anonymous

)

select customers.*
from customers
cross join orders
cross join refunds
where
    customers.orders is distinct from orders.orders
    or customers.units is distinct from orders.units
    or customers.gross_revenue is distinct from orders.gross_revenue
    or customers.discount_amount is distinct from orders.discount_amount
    or customers.refund_amount is distinct from refunds.refund_amount
    or customers.net_revenue is distinct from
    orders.gross_revenue - orders.discount_amount - refunds.refund_amount
    or customers.net_revenue_order_basis is distinct from orders.net_revenue_order_basis
    or customers.total_sales is distinct from orders.sales - refunds.money
