{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'orders') }}

)

select
    _source as source,
    order_id,
    coalesce(store_id, _source) as store_id,
    {{ known_key('customer_id') }} as customer_id,
    ordered_at,
    lower(trim(status)) as status,
    channel_id,
    region_id,
    billing_country_code,
    shipping_country_code,
    shipping_city,
    upper(trim(currency)) as currency,
    subtotal,
    coalesce(discount_amount, 0) as discount_amount,
    shipping_amount,
    tax_amount,
    total_amount,
    coalesce(fulfilment_cost, 0) as fulfilment_cost,
    coalesce(prices_include_tax, false) as prices_include_tax,
    coalesce(is_test, false) as is_test,
    coalesce(is_trial, false) as is_trial,
    coalesce(is_gift_card_purchase, false) as is_gift_card_purchase,
    paid_at,
    cancelled_at,
    shipped_at,
    delivered_at,
    promised_at,
    utm_source,
    utm_medium,
    utm_campaign,
    session_id
from source
where order_id is not null
