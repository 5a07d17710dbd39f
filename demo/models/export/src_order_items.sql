{{ config(
    materialized='external',
    location=var('output') ~ '/order_items.' ~ var('format'),
    format=var('format'),
) }}

select
    'o' || items.order_key as order_id,
    items.line_no,
    {{ product_key('items.product_no') }} as product_id,
    coalesce(products.family || ' no. ' || products.size_no, special.product_name) as description,
    items.quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as quantity,
    {{ money('items.unit_price_cents') }} as unit_price,
    {{ money('items.line_discount_cents') }} as discount_amount,
    {{ money('items.tax_cents') }} as tax_amount,
    items.is_gift,
    {{ money('items.compare_at_cents') }} as compare_at_price
from {{ ref('gen_order_items') }} as items
left join {{ ref('gen_products') }} as products on products.product_no = items.product_no
left join {{ ref('gen_special_products') }} as special on special.product_no = items.product_no
order by items.order_key, items.line_no
