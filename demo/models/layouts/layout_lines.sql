-- Order lines with their product, and what was paid for them.
with products as (

    select
        product_no,
        family_no * 100 as parent_no,
        family || ' no. ' || size_no as product_name,
        {{ product_sku('category', 'product_no') }} as sku,
        vendor,
        category,
        false as is_gift_card
    from {{ ref('gen_products') }}

    union all

    select
        product_no,
        product_no,
        product_name,
        sku,
        null,
        null,
        is_gift_card
    from {{ ref('gen_special_products') }}

)

select
    items.order_key,
    items.line_no,
    row_number() over (partition by items.order_key order by items.line_no)::integer as position,
    items.product_no,
    products.parent_no,
    products.product_name,
    products.sku,
    products.vendor,
    products.category,
    products.is_gift_card,
    items.quantity,
    items.unit_price_cents,
    items.compare_at_cents,
    items.is_gift,
    items.line_cents,
    items.line_discount_cents,
    items.net_cents,
    items.tax_cents,
    coalesce(refunds.quantity, 0) as refunded_quantity,
    coalesce(refunds.net_cents, 0) as refunded_cents
from {{ ref('gen_order_items') }} as items
inner join products on products.product_no = items.product_no
left join {{ ref('gen_refund_items') }} as refunds
    on refunds.order_key = items.order_key
    and refunds.order_line_no = items.line_no
