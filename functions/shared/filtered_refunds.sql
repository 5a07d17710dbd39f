{{ config(type='table') }}

with

refunds as (

    select * from {{ ref('fct_refund_items') }}

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

),

of_cities as (

    select * from {{ function('orders_of_cities') }}(city := city)

)

-- A refund goes with its order: it has that order's place, products and campaign, or none. One without
-- an order was delivered to no city that is known and is owed to no campaign, as sales_by has it.
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
    refunds.refund_hour,
    refunds.quantity,
    refunds.refund_amount,
    refunds.refunded_shipping_amount,
    refunds.refunded_tax_amount,
    refunds.contribution
from refunds
left join of_customers
    on case when {{ asks_for_customers() }} then refunds.customer_id end = of_customers.customer_id
left join of_regions
    on case when {{ function('is_given') }}(region) then refunds.region_id end = of_regions.region_id
left join of_products
    on case when {{ asks_for_products() }} then refunds.order_id end = of_products.order_id
left join of_campaigns
    on case when {{ function('is_given') }}(campaign) then refunds.order_id end = of_campaigns.order_id
left join of_cities
    on case when {{ function('is_given') }}(city) then refunds.order_id end = of_cities.order_id
where
    refunds.is_counted
    and {{ function('passes_filters') }}(
        refunds.store_id, refunds.channel, refunds.country_code, refunds.region_id,
        of_regions.region_id, store, channel, country, region
    )
    and (not {{ asks_for_customers() }} or of_customers.customer_id is not null)
    and (not {{ asks_for_products() }} or of_products.order_id is not null)
    and (
        not {{ function('is_given') }}(campaign)
        or of_campaigns.order_id is not null
        or (not refunds.has_order and {{ function('is_any_of') }}('(none)', campaign))
    )
    and (
        not {{ function('is_given') }}(city)
        or of_cities.order_id is not null
        or (not refunds.has_order and {{ function('is_any_of') }}('(unknown)', city))
    )
