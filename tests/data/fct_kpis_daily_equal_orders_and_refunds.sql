with

days as (

    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(anonymous_orders), 0) as anonymous_orders,
        coalesce(sum(new_customers), 0) as new_customers,
        coalesce(sum(units), 0) as units,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(refund_amount), 0) as refund_amount,
        coalesce(sum(refund_of_invalid_amount), 0) as refund_of_invalid_amount,
        coalesce(sum(refunds), 0) as refunds,
        coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis,
        coalesce(sum(total_sales), 0) as total_sales,
        sum(contribution) as contribution
    from {{ ref('fct_kpis_daily') }}

),

orders as (

    select
        count(*) filter (where is_valid) as orders,
        count(*) filter (where is_valid and is_anonymous) as anonymous_orders,
        count(distinct customer_id) filter (where is_valid) as new_customers,
        coalesce(sum(units), 0) as units,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(net_revenue_order_basis), 0) as net_revenue_order_basis,
        coalesce(sum(revenue_before_refunds + shipping_amount + tax_amount), 0) as sales,
        sum(contribution_before_refunds) as contribution
    from {{ ref('fct_orders') }}

),

refunds as (

    select
        count(distinct refund_id) filter (where is_counted) as refunds,
        coalesce(sum(refund_amount), 0) as refund_amount,
        coalesce(sum(refund_of_invalid_amount), 0) as refund_of_invalid_amount,
        coalesce(sum(refund_amount + refunded_shipping_amount + refunded_tax_amount), 0) as money,
        sum(contribution) as contribution
    from {{ ref('fct_refund_items') }}

)

select days.*
from days
cross join orders
cross join refunds
where
    days.orders is distinct from orders.orders
    or days.anonymous_orders is distinct from orders.anonymous_orders
    or days.new_customers is distinct from orders.new_customers
    or days.units is distinct from orders.units
    or days.gross_revenue is distinct from orders.gross_revenue
    or days.discount_amount is distinct from orders.discount_amount
    or days.refund_amount is distinct from refunds.refund_amount
    or days.refund_of_invalid_amount is distinct from refunds.refund_of_invalid_amount
    or days.refunds is distinct from refunds.refunds
    or days.net_revenue_order_basis is distinct from orders.net_revenue_order_basis
    or days.total_sales is distinct from orders.sales - refunds.money
    or coalesce(days.contribution, 0) is distinct from
    coalesce(orders.contribution, 0) + coalesce(refunds.contribution, 0)
