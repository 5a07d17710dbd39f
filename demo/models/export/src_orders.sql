{{ config(
    materialized='external',
    location=var('output') ~ '/orders.' ~ var('format'),
    format=var('format'),
) }}

with orders as (

    select * from {{ ref('gen_orders') }}

),

refunds as (

    select
        order_key,
        kind,
        is_whole
    from {{ ref('gen_refunds') }}

),

customers as (

    select
        customer_no,
        city,
        duplicate_kind
    from {{ ref('gen_customers') }}

),

visits as (

    select * from {{ ref('gen_order_visits') }}

)

select
    'o' || orders.order_key as order_id,
    {{ customer_key('customers', 'orders.purchase_no', 'orders.origin') }} as customer_id,
    orders.ordered_at,
    {{ order_status('orders', 'refunds') }} as status,
    orders.channel_id,
    orders.region_id,
    orders.currency,
    {{ money('orders.subtotal_cents') }} as subtotal,
    {{ money('orders.discount_cents') }} as discount_amount,
    {{ money('orders.shipping_cents') }} as shipping_amount,
    {{ money('orders.tax_cents') }} as tax_amount,
    {{ money('orders.total_cents') }} as total_amount,
    false as prices_include_tax,
    orders.paid_at,
    orders.cancelled_at,
    orders.shipped_at,
    orders.delivered_at,
    orders.promised_at,
    visits.utm_source,
    visits.utm_medium,
    visits.utm_campaign,
    false as is_test,
    orders.origin = 'gift_card' as is_gift_card_purchase,
    orders.origin = 'trial' as is_trial,
    {{ money('orders.fulfilment_cents') }} as fulfilment_cost,
    orders.country_code as billing_country_code,
    orders.country_code as shipping_country_code,
    customers.city as shipping_city,
    visits.session_id
from orders
inner join customers on customers.customer_no = orders.customer_no
left join refunds on refunds.order_key = orders.order_key
left join visits on visits.order_key = orders.order_key
order by orders.order_key
