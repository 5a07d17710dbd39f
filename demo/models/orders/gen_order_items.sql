-- Order lines with their part of the coupon and of the tax, so that both add up to the order's to
-- the cent.
with running as (

    select
        lines.order_key,
        lines.line_no,
        lines.product_no,
        lines.quantity,
        lines.unit_price_cents,
        lines.compare_at_cents,
        lines.is_gift,
        lines.line_cents,
        lines.line_discount_cents,
        case
            when orders.promotion_type = 'coupon' then orders.discount_cents
            else 0
        end as coupon_cents,
        orders.tax_cents as order_tax_cents,
        orders.subtotal_cents,
        sum(lines.line_cents) over (
            partition by lines.order_key order by lines.line_no
        )::bigint as running_cents
    from {{ ref('gen_order_lines') }} as lines
    inner join {{ ref('gen_orders') }} as orders on orders.order_key = lines.order_key

)

select
    order_key,
    line_no,
    product_no,
    quantity,
    unit_price_cents,
    compare_at_cents,
    is_gift,
    line_cents,
    line_discount_cents,
    line_cents - line_discount_cents
    - {{ share_of('coupon_cents', 'running_cents', 'line_cents', 'subtotal_cents') }} as net_cents,
    {{ share_of('order_tax_cents', 'running_cents', 'line_cents', 'subtotal_cents') }} as tax_cents
from running
