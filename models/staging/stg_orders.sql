with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as order_id,
        cast(null as varchar) as store_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as ordered_at,
        cast(null as varchar) as status,
        cast(null as varchar) as channel_id,
        cast(null as varchar) as region_id,
        cast(null as varchar) as billing_country_code,
        cast(null as varchar) as shipping_country_code,
        cast(null as varchar) as shipping_city,
        cast(null as varchar) as currency,
        cast(null as decimal(18, 4)) as subtotal,
        cast(null as decimal(18, 4)) as discount_amount,
        cast(null as decimal(18, 4)) as shipping_amount,
        cast(null as decimal(18, 4)) as tax_amount,
        cast(null as decimal(18, 4)) as total_amount,
        cast(null as decimal(18, 4)) as fulfilment_cost,
        cast(null as boolean) as prices_include_tax,
        cast(null as boolean) as is_test,
        cast(null as boolean) as is_trial,
        cast(null as boolean) as is_gift_card_purchase,
        cast(null as timestamp) as paid_at,
        cast(null as timestamp) as cancelled_at,
        cast(null as timestamp) as shipped_at,
        cast(null as timestamp) as delivered_at,
        cast(null as timestamp) as promised_at,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as session_id
    where false

    {{ union_adapters('orders') }}

)

select * from all_sources
