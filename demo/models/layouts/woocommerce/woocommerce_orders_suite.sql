{{ config(
    materialized='external',
    location=layout_file('woocommerce', 'orders_suite.csv'),
    format='csv',
) }}

-- The CSV form of the import and export suites: one row an order, packed columns, month first, and the
-- site's clock without its offset. A refund is in refund_items only.
with packed_lines as (

    select
        order_key,
        list({{ woo_packed_line('lines', 'lines.quantity', 'lines.net_cents', 'lines.line_cents') }} order by position)
        as items
    from {{ ref('layout_lines') }} as lines
    group by order_key

)

select
    orders.order_key::varchar as order_id,
    orders.order_number as order_number,
    strftime({{ shop_time('orders.ordered_at') }}, '%m/%d/%Y %H:%M:%S') as order_date,
    strftime({{ shop_time('orders.paid_at') }}, '%m/%d/%Y %H:%M:%S') as paid_date,
    {{ woo_status('orders') }} as status,
    {{ price_text('orders.shipping_cents') }} as shipping_total,
    '0.00' as shipping_tax_total,
    '0.00' as fee_total,
    '0.00' as fee_tax_total,
    {{ price_text('orders.tax_cents') }} as tax_total,
    {{ price_text('orders.discount_cents') }} as cart_discount,
    '0.00' as order_discount,
    {{ price_text('orders.discount_cents') }} as discount_total,
    {{ price_text('orders.total_cents') }} as order_total,
    {{ price_text('orders.subtotal_cents') }} as order_subtotal,
    orders.currency as order_currency,
    {{ woo_payment('orders') }} as payment_method,
    {{ woo_payment_title('orders') }} as payment_method_title,
    case when orders.paid_at is not null then 'ch_' || orders.order_key end as transaction_id,
    null::varchar as customer_ip_address,
    null::varchar as customer_user_agent,
    case when orders.shipping_cents = 0 then 'Free shipping' else 'Flat rate' end as shipping_method,
    {{ woo_customer('orders') }} as customer_id,
    {{ woo_customer('orders') }} as customer_user,
    orders.account_email as customer_email,
    orders.first_name as billing_first_name,
    orders.last_name as billing_last_name,
    null::varchar as billing_company,
    orders.account_email as billing_email,
    orders.account_phone as billing_phone,
    orders.street as billing_address_1,
    null::varchar as billing_address_2,
    orders.postal_code as billing_postcode,
    orders.city as billing_city,
    orders.region_id as billing_state,
    orders.country_code as billing_country,
    orders.first_name as shipping_first_name,
    orders.last_name as shipping_last_name,
    null::varchar as shipping_company,
    null::varchar as shipping_phone,
    orders.street as shipping_address_1,
    null::varchar as shipping_address_2,
    orders.postal_code as shipping_postcode,
    orders.city as shipping_city,
    orders.region_id as shipping_state,
    orders.country_code as shipping_country,
    case
        when orders.order_key // 10 % 12 = 0
            then 'Leave it at the door, please.' || chr(10) || 'The bell says "' || orders.last_name || '".'
    end as customer_note,
    'method_id:flat_rate|method_title:Flat rate|total:' || {{ price_text('orders.shipping_cents') }}
    as shipping_items,
    null::varchar as fee_items,
    'rate_id:1|code:' || orders.country_code || '-VAT-1|total:' || {{ price_text('orders.tax_cents') }}
    || '|label:VAT' as tax_items,
    'code:' || lower(orders.coupon_code) || '|amount:' || {{ price_text('orders.discount_cents') }}
    as coupon_items,
    'id:' || ({{ woo_refund_id('orders') }})
    || '|date:' || strftime({{ shop_time('orders.refunded_at') }}, '%m/%d/%Y %H-%M-%S')
    || '|amount:' || {{ price_text('orders.refund_cents') }} || '|reason:' || orders.refund_reason
    as refund_items,
    null::varchar as order_notes,
    packed_lines.items[1] as line_item_1,
    packed_lines.items[2] as line_item_2,
    packed_lines.items[3] as line_item_3,
    packed_lines.items[4] as line_item_4,
    packed_lines.items[5] as line_item_5,
    packed_lines.items[6] as line_item_6,
    packed_lines.items[7] as line_item_7
from {{ ref('layout_orders') }} as orders
inner join packed_lines on packed_lines.order_key = orders.order_key
order by orders.order_key
