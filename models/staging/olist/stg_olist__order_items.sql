{{ config(materialized='ephemeral') }}

with

items as (

    select * from {{ source('olist', 'order_items') }}

)

select
    _source as source,
    order_id || '-' || order_item_id as order_item_id,
    order_id,
    order_item_id as line_no,
    product_id,
    cast(1 as decimal(18, 4)) as quantity,
    price as unit_price,
    cast(0 as decimal(18, 4)) as discount_amount,
    cast(0 as decimal(18, 4)) as tax_amount,
    coalesce(freight_value, 0) as shipping_amount,
    false as is_gift,
    seller_id
from items
