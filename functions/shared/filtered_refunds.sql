{{ config(type='table') }}

with

refunds as (

    select * from {{ ref('fct_refund_items') }}

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

),

of_cities as (

    select * from {{ function('orders_of_cities') }}(city := city)

)

-- A refund goes with its order: it has that order's place, products and campaign, or none.
select
    refunds.refund_id,
    refunds.order_id,
    refunds.customer_id,
    refunds.is_anonymous,
    refunds.identity_reliable,
    refunds.store_id,
    refunds.channel,
    refunds.country_code,
    coalesce(refunds.region_id, '(unknown)') as region_id,
    refunds.product_id,
    refunds.refund_date,
    customers.first_order_date,
    refunds.quantity,
    refunds.refund_amount,
    refunds.refunded_shipping_amount,
    refunds.refunded_tax_amount,
    refunds.contribution
from refunds
left join customers
    on refunds.customer_id = customers.customer_id
left join regions
    on refunds.region_id = regions.region_id
left join of_products
    on refunds.order_id = of_products.order_id
left join of_campaigns
    on refunds.order_id = of_campaigns.order_id
left join of_cities
    on refunds.order_id = of_cities.order_id
where
    refunds.is_counted
    and {{ function('passes_filters') }}(
        refunds.store_id, refunds.channel, refunds.country_code, refunds.region_id,
        regions.region_name, customers.rfm_segment, customers.first_order_date,
        store, channel, country, region, rfm_segment, since_from, since_to
    )
    and (
        not ({{ function('is_given') }}(product) or {{ function('is_given') }}(category))
        or of_products.order_id is not null
    )
    and (not {{ function('is_given') }}(campaign) or of_campaigns.order_id is not null)
    and (not {{ function('is_given') }}(city) or of_cities.order_id is not null)
