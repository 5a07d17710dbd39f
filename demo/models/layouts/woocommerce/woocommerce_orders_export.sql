{{ config(
    materialized='external',
    location=layout_file('woocommerce', 'orders_export.csv'),
    format='csv',
) }}

-- The form of the Customer/Order/Coupon Export: one row an order, the site's clock, and each refund as
-- an order of its own, of type shop_order_refund, "completed", with negative amounts.
with packed_lines as (

    select
        order_key,
        list({{ woo_packed_line('lines', 'lines.quantity', 'lines.net_cents', 'lines.line_cents') }} order by position)
        as items,
        list(
            {{ woo_packed_line('lines', '-lines.refunded_quantity', '-lines.refunded_cents', '-lines.refunded_cents') }}
            order by position
        ) filter (where refunded_quantity > 0) as refunded_items
    from {{ ref('layout_lines') }} as lines
    group by order_key

),

orders as (

    select
        orders.*,
        packed_lines.items,
        packed_lines.refunded_items
    from {{ ref('layout_orders') }} as orders
    inner join packed_lines on packed_lines.order_key = orders.order_key

),

rows as (

    select
        order_key as row_key,
        'shop_order' as type,
        null::bigint as parent_key,
        ordered_at as created_at,
        {{ woo_status('orders') }} as row_status,
        discount_cents as row_discount_cents,
        coupon_code as row_coupon,
        shipping_cents as row_shipping_cents,
        tax_cents as row_tax_cents,
        total_cents as row_total_cents,
        refund_cents as row_refunded_cents,
        items as row_items,
        *
    from orders

    union all

    select
        1000000000000 + order_key,
        'shop_order_refund',
        order_key,
        refunded_at,
        'completed',
        0,
        null,
        -refund_shipping_cents,
        -refund_tax_cents,
        -refund_cents,
        0,
        coalesce(refunded_items, []),
        *
    from orders
    where refunded_at is not null

)

select
    row_key::varchar as order_id,
    row_key::varchar as order_number_formatted,
    type,
    parent_key::varchar as parent_order_id,
    strftime({{ shop_time('created_at') }}, '%Y-%m-%d %H:%M:%S') as date,
    row_status as status,
    {{ price_text('row_shipping_cents') }} as shipping_total,
    '0.00' as shipping_tax_total,
    {{ price_text('row_tax_cents') }} as tax_total,
    {{ price_text('row_discount_cents') }} as cart_discount,
    '0.00' as order_discount,
    {{ price_text('row_discount_cents') }} as discount_total,
    {{ price_text('row_total_cents') }} as order_total,
    {{ price_text('row_refunded_cents') }} as refunded_total,
    currency as order_currency,
    {{ woo_payment('rows') }} as payment_method,
    {{ woo_customer('rows') }} as customer_user,
    first_name as billing_first_name,
    last_name as billing_last_name,
    account_email as billing_email,
    account_phone as billing_phone,
    street as billing_address_1,
    postal_code as billing_postcode,
    city as billing_city,
    region_id as billing_state,
    country_code as billing_country,
    postal_code as shipping_postcode,
    city as shipping_city,
    region_id as shipping_state,
    country_code as shipping_country,
    lower(row_coupon) as coupons,
    row_items[1] as order_item_1,
    row_items[2] as order_item_2,
    row_items[3] as order_item_3,
    row_items[4] as order_item_4,
    row_items[5] as order_item_5,
    row_items[6] as order_item_6,
    row_items[7] as order_item_7
from rows
order by created_at, row_key
