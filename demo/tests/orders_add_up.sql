-- Every order: lines, discounts, total and way through the house agree.
with lines as (

    select
        order_key,
        sum(line_cents) as line_cents,
        sum(line_discount_cents) as line_discount_cents,
        sum(net_cents) as net_cents,
        sum(tax_cents) as tax_cents,
        min(net_cents) as least_net_cents
    from {{ ref('gen_order_items') }}
    group by order_key

)

select
    orders.order_key,
    orders.origin
from {{ ref('gen_orders') }} as orders
left join lines on lines.order_key = orders.order_key
where
    lines.order_key is null
    or orders.subtotal_cents is distinct from lines.line_cents
    or orders.subtotal_cents - orders.discount_cents is distinct from lines.net_cents
    or orders.tax_cents is distinct from lines.tax_cents
    or orders.total_cents is distinct from
        orders.subtotal_cents - orders.discount_cents + orders.shipping_cents + orders.tax_cents
    or lines.least_net_cents < 0
    or lines.line_discount_cents > orders.discount_cents
    or orders.discount_cents > orders.subtotal_cents
