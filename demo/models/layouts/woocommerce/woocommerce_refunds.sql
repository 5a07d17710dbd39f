{{ config(
    materialized='external',
    location=layout_file('woocommerce', 'refunds.json'),
    format='json',
    options={'array': true},
) }}

-- What GET /wp-json/wc/v3/refunds answers: amount positive, quantities and totals of lines negative.
-- A gesture of goodwill has no lines.
with line_lists as (

    select
        order_key,
        list(
            {
                'id': order_key * 10 + position,
                'name': product_name,
                'product_id': parent_no,
                'variation_id': case when parent_no = product_no then 0 else product_no end,
                'quantity': -refunded_quantity,
                'subtotal': {{ price_text('-refunded_cents') }},
                'total': {{ price_text('-refunded_cents') }},
                'sku': sku
            }
            order by position
        ) as line_items
    from {{ ref('layout_lines') }}
    where refunded_quantity > 0
    group by order_key

)

select
    {{ woo_refund_id('orders') }} as id,
    orders.order_key as parent_id,
    {{ woo_time(shop_time('orders.refunded_at')) }} as date_created,
    {{ woo_time('orders.refunded_at') }} as date_created_gmt,
    {{ price_text('orders.refund_cents') }} as amount,
    orders.refund_reason as reason,
    1 as refunded_by,
    false as refunded_payment,
    coalesce(line_lists.line_items, []) as line_items,
    case
        when orders.refund_shipping_cents = 0 then []
        else [{
            'id': orders.order_key * 10 + 8,
            'method_id': 'flat_rate',
            'total': {{ price_text('-orders.refund_shipping_cents') }}
        }]
    end as shipping_lines,
    case
        when orders.refund_tax_cents = 0 then []
        else [{
            'id': orders.order_key * 10 + 7,
            'rate_code': orders.country_code || '-VAT-1',
            'tax_total': {{ price_text('-orders.refund_tax_cents') }}
        }]
    end as tax_lines
from {{ ref('layout_orders') }} as orders
left join line_lists on line_lists.order_key = orders.order_key
where orders.refunded_at is not null
order by orders.refunded_at desc, orders.order_key desc
