{{ config(
    materialized='external',
    location=var('output') ~ '/cart_items.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

select
    {{ visit_key('k', 'carts') }} as cart_id,
    carts.line_no,
    {{ product_key('carts.product_no') }} as product_id,
    carts.quantity::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as quantity,
    {{ money('carts.unit_price_cents') }} as unit_price
from {{ ref('gen_carts') }} as carts
{%- if var('since') or var('until') %}
inner join {{ ref('gen_sessions') }} as sessions
    on sessions.order_key = carts.order_key
    and sessions.visit_no = carts.visit_no
where {{ in_window('sessions.started_at', ['sessions.ended_at']) }}
{%- endif %}
order by carts.order_key, carts.visit_no, carts.line_no
