{{ config(materialized='ephemeral') }}

with

facts as (

    select * from {{ ref('stg_woocommerce__refund_facts') }}

),

order_lines as (

    select * from {{ ref('stg_woocommerce__lines') }}

),

unpacked_lines as (

    select
        source,
        refund_id,
        order_id,
        generate_subscripts(lines, 1) as line_no,
        unnest(lines) as line
    from facts

),

-- The line of the order that is given back stands among the line's further facts.
named_lines as (

    select
        *,
        {{ woocommerce_meta('line.meta_data', '_refunded_item_id') }} as order_line_id
    from unpacked_lines

)

select
    named_lines.source,
    named_lines.refund_id || '-' || named_lines.line_no as refund_item_id,
    named_lines.refund_id,
    named_lines.line_no,
    named_lines.order_id,
    order_lines.line_no as order_line_no,
    coalesce(
        nullif(named_lines.line.variation_id, '0'), nullif(named_lines.line.product_id, '0')
    ) as product_id,
    abs(coalesce(named_lines.line.quantity, 0)) as quantity,
    abs(coalesce(named_lines.line.total, 0)) as amount,
    cast(0 as decimal(18, 4)) as restocked_quantity
from named_lines
left join order_lines
    on
        named_lines.source = order_lines.source
        and named_lines.order_id = order_lines.order_id
        and named_lines.order_line_id = order_lines.line_id
