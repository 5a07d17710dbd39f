{{ config(materialized='ephemeral') }}

with

orders as (

    select *
    from {{ ref('stg_woocommerce__documents') }}
    where not is_refund

),

unpacked_lines as (

    select
        source,
        order_id,
        ordered_at,
        currency,
        generate_subscripts(lines, 1) as line_no,
        unnest(lines) as line
    from orders

)

select
    source,
    order_id,
    ordered_at,
    currency,
    line_no,
    line.id as line_id,
    nullif(line.product_id, '0') as parent_product_id,
    coalesce(nullif(line.variation_id, '0'), nullif(line.product_id, '0'), line.sku, line.name)
        as product_id,
    nullif(line.sku, '') as sku,
    line.name as product_name,
    coalesce(line.quantity, 0) as quantity,
    coalesce(line.subtotal, line.total, 0) as line_amount,
    coalesce(line.subtotal, line.total, 0) - coalesce(line.total, line.subtotal, 0)
        as discount_amount,
    coalesce(line.total_tax, 0) as tax_amount
from unpacked_lines
