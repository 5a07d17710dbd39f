{{ config(materialized='ephemeral') }}

with

orders as (

    select * from {{ source('olist', 'orders') }}

),

customers as (

    select * from {{ source('olist', 'customers') }}

),

items as (

    select * from {{ source('olist', 'order_items') }}

),

-- A file that was delivered twice counts once.
items_once as (

    select *
    from items
    qualify row_number() over (
        partition by _source, order_id, order_item_id
        order by product_id, price, freight_value
    ) = 1

),

item_totals as (

    select
        _source,
        order_id,
        cast(sum(price) as decimal(18, 4)) as subtotal,
        cast(sum(freight_value) as decimal(18, 4)) as shipping_amount
    from items_once
    group by _source, order_id

)

select
    orders._source as source,
    orders.order_id,
    orders._source as store_id,
    coalesce(customers.customer_unique_id, orders.customer_id) as customer_id,
    orders.order_purchase_timestamp as ordered_at,
    case
        when orders.order_status in ('canceled', 'unavailable') then 'cancelled'
        when orders.order_status in ('delivered', 'shipped') then orders.order_status
        when orders.order_status = 'created' then 'pending'
        when orders.order_status in ('approved', 'invoiced', 'processing') then 'paid'
        else orders.order_status
    end as status,
    customers.customer_state as region_id,
    'BR' as billing_country_code,
    'BR' as shipping_country_code,
    customers.customer_city as shipping_city,
    'BRL' as currency,
    item_totals.subtotal,
    cast(0 as decimal(18, 4)) as discount_amount,
    item_totals.shipping_amount,
    item_totals.subtotal + item_totals.shipping_amount as total_amount,
    cast(0 as decimal(18, 4)) as fulfilment_cost,
    false as prices_include_tax,
    false as is_test,
    false as is_trial,
    false as is_gift_card_purchase,
    orders.order_approved_at as paid_at,
    orders.order_delivered_carrier_date as shipped_at,
    orders.order_delivered_customer_date as delivered_at,
    orders.order_estimated_delivery_date as promised_at
from orders
left join customers
    on
        orders._source = customers._source
        and orders.customer_id = customers.customer_id
left join item_totals
    on
        orders._source = item_totals._source
        and orders.order_id = item_totals.order_id
