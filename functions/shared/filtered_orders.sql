{{ config(type='table') }}

with

orders as (

    select * from {{ ref('fct_orders') }}

),

of_customers as (

    select *
    from {{ function('filtered_customers') }}(
        rfm_segment := rfm_segment, value_tier := value_tier, segment := segment,
        since_from := since_from, since_to := since_to
    )

),

of_regions as (

    select * from {{ function('filtered_regions') }}(region := region)

),

of_products as (

    select * from {{ function('orders_of_products') }}(product := product, category := category)

),

of_campaigns as (

    select * from {{ function('orders_of_campaigns') }}(campaign := campaign)

)

-- A join whose filter is not given has no key: it costs nothing.
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
    orders.order_hour,
    orders.order_number,
    orders.is_new,
    orders.order_lines,
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
left join of_customers
    on case when {{ asks_for_customers() }} then orders.customer_id end = of_customers.customer_id
left join of_regions
    on case when {{ function('is_given') }}(region) then orders.region_id end = of_regions.region_id
left join of_products
    on case when {{ asks_for_products() }} then orders.order_id end = of_products.order_id
left join of_campaigns
    on case when {{ function('is_given') }}(campaign) then orders.order_id end = of_campaigns.order_id
where
    orders.is_valid
    and {{ function('passes_filters') }}(
        orders.store_id, orders.channel, orders.country_code, orders.region_id,
        of_regions.region_id, store, channel, country, region
    )
    and {{ function('is_any_of') }}(coalesce(orders.shipping_city, '(unknown)'), city)
    and (not {{ asks_for_customers() }} or of_customers.customer_id is not null)
    and (not {{ asks_for_products() }} or of_products.order_id is not null)
    and (not {{ function('is_given') }}(campaign) or of_campaigns.order_id is not null)
