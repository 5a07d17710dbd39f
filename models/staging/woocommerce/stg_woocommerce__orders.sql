{{ config(materialized='ephemeral') }}

with

orders as (

    select *
    from {{ ref('stg_woocommerce__documents') }}
    where not is_refund

)

select
    source,
    order_id,
    source as store_id,
    customer_id,
    ordered_at,
    case replace(status, 'wc-', '')
        when 'processing' then 'paid'
        when 'on-hold' then 'pending'
        when 'completed' then 'delivered'
        else replace(status, 'wc-', '')
    end as status,
    channel_id,
    coalesce(shipping_state, billing_state) as region_id,
    billing_country as billing_country_code,
    coalesce(shipping_country, billing_country) as shipping_country_code,
    coalesce(shipping_city, billing_city) as shipping_city,
    currency,
    cast(list_sum(list_transform(lines, lambda line: line.subtotal)) as decimal(18, 4))
        as subtotal,
    discount_amount,
    shipping_amount,
    tax_amount,
    total_amount,
    cast(0 as decimal(18, 4)) as fulfilment_cost,
    false as prices_include_tax,
    false as is_test,
    false as is_trial,
    false as is_gift_card_purchase,
    paid_at,
    case when replace(status, 'wc-', '') = 'cancelled' then changed_at end as cancelled_at,
    completed_at as delivered_at,
    utm_source,
    utm_medium,
    utm_campaign
from orders
