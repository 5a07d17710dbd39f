{{ config(materialized='ephemeral') }}

with

sale_lines as (

    select *
    from {{ ref('stg_online_retail__lines') }}
    where line_type = 'sale'

)

select
    source,
    invoice || '-' || line_no as order_item_id,
    invoice as order_id,
    line_no,
    product_id,
    description,
    cast(quantity as decimal(18, 4)) as quantity,
    unit_price,
    cast(0 as decimal(18, 4)) as discount_amount,
    cast(0 as decimal(18, 4)) as tax_amount,
    cast(0 as decimal(18, 4)) as shipping_amount,
    false as is_gift
from sale_lines
