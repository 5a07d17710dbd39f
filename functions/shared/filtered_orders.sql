{{ config(type='table') }}

with

orders as (

    select * from {{ ref('fct_orders') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

of_products as (

    select * from {{ function('orders_of_products') }}(product := product, category := category)

),

of_campaigns as (

    select * from {{ function('orders_of_campaigns') }}(campaign := campaign)

)

select
    orders.order_id,
    orders.store_id,
    orders.channel,
    orders.country_code,
    coalesce(orders.region_id, '(unknown)') as region_id,
    coalesce(orders.shipping_city, '(unknown)') as city,
    orders.customer_id,
    orders.is_anonymous,
    orders.identity_reliable,
    orders.ordered_at,
    orders.order_date,
    orders.order_number,
    orders.is_new,
    customers.first_order_date,
    orders.units,
    orders.refunded_units,
    orders.gross_revenue,
    orders.discount_amount,
    orders.revenue_before_refunds,
    orders.refund_amount_order_basis,
    orders.net_revenue_order_basis,
    orders.shipping_amount,
    orders.tax_amount,
    orders.has_cost,
    orders.contribution_before_refunds,
    orders.has_refund,
    orders.is_fully_refunded
from orders
left join customers
    on orders.customer_id = customers.customer_id
left join regions
    on orders.region_id = regions.region_id
left join of_products
    on orders.order_id = of_products.order_id
left join of_campaigns
    on orders.order_id = of_campaigns.order_id
where
    orders.is_valid
    and {{ function('passes_filters') }}(
        orders.store_id, orders.channel, orders.country_code, orders.region_id, regions.region_name,
        customers.rfm_segment, customers.first_order_date,
        store, channel, country, region, rfm_segment, since_from, since_to
    )
    and {{ function('is_any_of') }}(coalesce(orders.shipping_city, '(unknown)'), city)
    and (
        not ({{ function('is_given') }}(product) or {{ function('is_given') }}(category))
        or of_products.order_id is not null
    )
    and (not {{ function('is_given') }}(campaign) or of_campaigns.order_id is not null)
