{{ config(materialized='ephemeral') }}

with

heads as (

    select * from {{ ref('stg_shopify__heads') }}

),

countries as (

    select * from {{ ref('country_names') }}

)

select
    heads.source,
    heads.order_id,
    heads.source as store_id,
    heads.customer_id,
    heads.created_at as ordered_at,
    case
        when heads.cancelled_at is not null or heads.financial_status = 'voided' then 'cancelled'
        when heads.financial_status in ('refunded', 'partially_refunded')
            then heads.financial_status
        when heads.financial_status in ('paid', 'partially_paid') then 'paid'
        when heads.financial_status = 'expired' then 'failed'
        when heads.financial_status in ('pending', 'authorized') then 'pending'
        else coalesce(heads.financial_status, 'pending')
    end as status,
    heads.channel_id,
    heads.region_id,
    coalesce(billing_countries.country_code, upper(heads.billing_country))
        as billing_country_code,
    coalesce(shipping_countries.country_code, upper(heads.shipping_country))
        as shipping_country_code,
    heads.city as shipping_city,
    heads.currency,
    heads.discounted_amount + heads.discount_amount as subtotal,
    heads.discount_amount,
    heads.shipping_amount,
    heads.tax_amount,
    heads.total_amount,
    cast(0 as decimal(18, 4)) as fulfilment_cost,
    heads.prices_include_tax,
    -- Shopify's gateway for trying out the shop.
    coalesce(lower(heads.payment_method) like '%bogus%', false) as is_test,
    false as is_trial,
    false as is_gift_card_purchase,
    heads.paid_at,
    heads.cancelled_at,
    heads.fulfilled_at as shipped_at
from heads
left join countries as billing_countries
    on heads.billing_country = billing_countries.country_name
left join countries as shipping_countries
    on heads.shipping_country = shipping_countries.country_name
