{{ config(materialized='ephemeral') }}

with

order_rows as (

    select *
    from {{ ref('stg_shopify__rows') }}
    where line_name is not null

)

select
    source,
    order_id || '-' || line_no as order_item_id,
    order_id,
    line_no,
    coalesce(sku, line_name) as product_id,
    line_name as description,
    quantity,
    unit_price,
    compare_at_price,
    line_discount_amount as discount_amount,
    cast(0 as decimal(18, 4)) as tax_amount,
    cast(0 as decimal(18, 4)) as shipping_amount,
    false as is_gift
from order_rows
