{{ config(
    materialized='external',
    location=var('output') ~ '/cart_items.' ~ var('format'),
    format=var('format'),
) }}

select
    {{ visit_key('k', 'carts') }} as cart_id,
    line_no,
    {{ product_key('product_no') }} as product_id,
    quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as quantity,
    {{ money('unit_price_cents') }} as unit_price
from {{ ref('gen_carts') }} as carts
order by order_key, visit_no, line_no
