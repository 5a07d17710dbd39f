{{ config(materialized='ephemeral') }}

with

lines as (

    select * from {{ ref('stg_woocommerce__lines') }}

)

select
    source,
    order_id || '-' || line_no as order_item_id,
    order_id,
    line_no,
    product_id,
    product_name as description,
    quantity,
    case
        when quantity <> 0 then cast(round(line_amount / quantity, 4) as decimal(18, 4))
        else line_amount
    end as unit_price,
    line_amount,
    discount_amount,
    tax_amount,
    cast(0 as decimal(18, 4)) as shipping_amount,
    false as is_gift
from lines
