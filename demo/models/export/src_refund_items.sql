{{ config(
    materialized='external',
    location=var('output') ~ '/refund_items.' ~ var('format'),
    format=var('format'),
) }}

select
    'r' || items.order_key as refund_id,
    items.line_no,
    'o' || items.order_key as order_id,
    items.order_line_no,
    {{ product_key('items.product_no') }} as product_id,
    items.quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as quantity,
    {{ booked('items.net_cents') }} as amount,
    items.restocked_quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as restocked_quantity
from {{ ref('gen_refund_items') }} as items
{{ join_defects('items.order_key') }}
{%- if var('since') or var('until') %}
inner join {{ ref('gen_refunds') }} as refunds on refunds.order_key = items.order_key
where {{ in_window('refunds.refunded_at') }}
{%- endif %}
order by items.order_key, items.line_no
