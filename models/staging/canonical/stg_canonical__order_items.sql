{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'order_items') }}

)

select
    _source as source,
    order_id || '-' || line_no as order_item_id,
    order_id,
    line_no,
    product_id,
    description,
    quantity,
    unit_price,
    compare_at_price,
    line_amount,
    coalesce(discount_amount, 0) as discount_amount,
    coalesce(tax_amount, 0) as tax_amount,
    coalesce(shipping_amount, 0) as shipping_amount,
    unit_cost,
    coalesce(is_gift, false) as is_gift,
    seller_id
from source
where order_id is not null and line_no is not null
