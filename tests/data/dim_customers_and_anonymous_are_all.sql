-- Identified and anonymous together are the whole shop, in orders and in money, on both bases.
with

customers as (

    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(refund_amount), 0) as refund_amount,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis
    from {{ ref('dim_customers') }}

),

anonymous_orders as (

    select coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis
    from {{ ref('fct_orders') }}
    where is_anonymous

),

days as (

    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(refund_amount), 0) as refund_amount,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis,
        coalesce(sum(anonymous_orders), 0) as anonymous_orders,
        coalesce(sum(anonymous_gross_revenue), 0) as anonymous_gross_revenue,
        coalesce(sum(anonymous_refund_amount), 0) as anonymous_refund_amount,
        coalesce(sum(anonymous_net_revenue), 0) as anonymous_net_revenue
    from {{ ref('fct_kpis_daily') }}

)

select days.*
from days
cross join customers
cross join anonymous_orders
where
    days.orders is distinct from customers.orders + days.anonymous_orders
    or days.gross_revenue is distinct from customers.gross_revenue + days.anonymous_gross_revenue
    or days.refund_amount is distinct from customers.refund_amount + days.anonymous_refund_amount
    or days.net_revenue is distinct from customers.net_revenue + days.anonymous_net_revenue
    or days.net_revenue_order_basis is distinct from
    customers.net_revenue_order_basis + anonymous_orders.net_revenue_order_basis
