{{ config(
    materialized='external',
    location=var('output') ~ '/refund_items.' ~ var('format'),
    format=var('format'),
) }}

select
    'r' || order_key as refund_id,
    line_no,
    'o' || order_key as order_id,
    order_line_no,
    {{ product_key('product_no') }} as product_id,
    quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as quantity,
    {{ money('net_cents') }} as amount,
    restocked_quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as restocked_quantity
from {{ ref('gen_refund_items') }}
order by order_key, line_no
