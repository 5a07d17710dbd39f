{{ config(
    materialized='external',
    location=layout_file('woocommerce', 'orders.json'),
    format='json',
    options={'array': true},
) }}

-- What GET /wp-json/wc/v3/orders answers, all pages in one array. Amounts are without tax, whatever
-- prices_include_tax says (that is about how prices are typed in): it is true for Poland.
with orders as (

    select * from {{ ref('layout_orders') }}

),

lines as (

    select * from {{ ref('layout_lines') }}

),

line_lists as (

    select
        order_key,
        list(
            {
                'id': order_key * 10 + position,
                'name': product_name,
                'product_id': parent_no,
                'variation_id': case when parent_no = product_no then 0 else product_no end,
                'quantity': quantity,
                'tax_class': '',
                'subtotal': {{ price_text('line_cents') }},
                'subtotal_tax': {{ price_text('tax_cents') }},
                'total': {{ price_text('net_cents') }},
                'total_tax': {{ price_text('tax_cents') }},
                'sku': sku,
                'price': round(net_cents / 100.0 / quantity, 6),
                'parent_name': null::varchar
            }
            order by position
        ) as line_items
    from lines
    group by order_key

)

select
    orders.order_key as id,
    0 as parent_id,
    orders.order_number as number,
    'wc_order_' || left(md5('{{ var("seed") }}|wc|' || orders.order_key), 13) as order_key,
    case orders.channel_id
        when 'web' then 'checkout'
        when 'social' then 'store-api'
        when 'phone' then 'admin'
        when 'pos' then 'pos'
        else 'rest-api'
    end as created_via,
    '9.4.2' as version,
    {{ woo_status('orders') }} as status,
    orders.currency,
    {{ woo_time(shop_time('orders.ordered_at')) }} as date_created,
    {{ woo_time('orders.ordered_at') }} as date_created_gmt,
    {{ price_text('orders.discount_cents') }} as discount_total,
    '0.00' as discount_tax,
    {{ price_text('orders.shipping_cents') }} as shipping_total,
    '0.00' as shipping_tax,
    {{ price_text('orders.tax_cents') }} as cart_tax,
    {{ price_text('orders.total_cents') }} as total,
    {{ price_text('orders.tax_cents') }} as total_tax,
    orders.country_code = 'PL' as prices_include_tax,
    {{ woo_customer('orders') }} as customer_id,
    case
        when orders.order_key // 10 % 12 = 0
            then 'Leave it at the door, please.' || chr(10) || 'The bell says "' || orders.last_name || '".'
        else ''
    end as customer_note,
    {
        'first_name': coalesce(orders.first_name, ''),
        'last_name': coalesce(orders.last_name, ''),
        'company': '',
        'address_1': coalesce(orders.street, ''),
        'address_2': '',
        'city': orders.city,
        'state': orders.region_id,
        'postcode': orders.postal_code,
        'country': orders.country_code,
        'email': coalesce(orders.account_email, ''),
        'phone': coalesce(orders.account_phone, '')
    } as billing,
    {
        'first_name': coalesce(orders.first_name, ''),
        'last_name': coalesce(orders.last_name, ''),
        'company': '',
        'address_1': coalesce(orders.street, ''),
        'address_2': '',
        'city': orders.city,
        'state': orders.region_id,
        'postcode': orders.postal_code,
        'country': orders.country_code,
        'phone': ''
    } as shipping,
    {{ woo_payment('orders') }} as payment_method,
    {{ woo_payment_title('orders') }} as payment_method_title,
    case when orders.paid_at is not null then 'ch_' || orders.order_key else '' end as transaction_id,
    {{ woo_time(shop_time('orders.paid_at')) }} as date_paid,
    {{ woo_time('orders.paid_at') }} as date_paid_gmt,
    {{ woo_time(shop_time('orders.delivered_at')) }} as date_completed,
    {{ woo_time('orders.delivered_at') }} as date_completed_gmt,
    [
        {'id': orders.order_key * 10 + 1, 'key': '_wc_order_attribution_source_type', 'value':
            case when orders.utm_source is null then 'typein' else 'utm' end},
        {'id': orders.order_key * 10 + 2, 'key': '_wc_order_attribution_utm_source', 'value':
            coalesce(orders.utm_source, '(direct)')},
        {'id': orders.order_key * 10 + 3, 'key': '_wc_order_attribution_utm_medium', 'value':
            coalesce(orders.utm_medium, '')},
        {'id': orders.order_key * 10 + 4, 'key': '_wc_order_attribution_utm_campaign', 'value':
            coalesce(orders.utm_campaign, '')},
        {'id': orders.order_key * 10 + 5, 'key': '_wc_order_attribution_device_type', 'value':
            coalesce(upper(left(orders.device, 1)) || substr(orders.device, 2), '')}
    ] as meta_data,
    line_lists.line_items,
    [{
        'id': orders.order_key * 10 + 7,
        'rate_code': orders.country_code || '-VAT-1',
        'label': 'VAT',
        'tax_total': {{ price_text('orders.tax_cents') }},
        'shipping_tax_total': '0.00'
    }] as tax_lines,
    case
        when orders.channel_id = 'pos' then []
        else [{
            'id': orders.order_key * 10 + 8,
            'method_title': case when orders.shipping_cents = 0 then 'Free shipping' else 'Flat rate' end,
            'method_id': case when orders.shipping_cents = 0 then 'free_shipping' else 'flat_rate' end,
            'total': {{ price_text('orders.shipping_cents') }},
            'total_tax': '0.00'
        }]
    end as shipping_lines,
    []::varchar[] as fee_lines,
    case
        when orders.coupon_code is null then []
        else [{
            'id': orders.order_key * 10 + 9,
            'code': lower(orders.coupon_code),
            'discount': {{ price_text('orders.discount_cents') }},
            'discount_tax': '0.00'
        }]
    end as coupon_lines,
    case
        when orders.refunded_at is null then []
        else [{
            'id': {{ woo_refund_id('orders') }},
            'reason': orders.refund_reason,
            'total': {{ price_text('-orders.refund_cents') }}
        }]
    end as refunds
from orders
inner join line_lists on line_lists.order_key = orders.order_key
order by orders.ordered_at desc, orders.order_key desc
