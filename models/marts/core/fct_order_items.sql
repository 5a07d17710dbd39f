with

items as (

    select * from {{ ref('int_order_items_enriched') }}

)

select
    order_item_id,
    order_id,
    line_no,
    product_id,
    customer_id,
    is_anonymous,
    store_id,
    channel,
    country_code,
    order_date,
    is_valid,
    is_gift,
    is_gift_card,
    quantity,
    refunded_quantity,
    booked_amount,
    gross_revenue,
    discount_amount,
    revenue_before_refunds,
    refund_amount_order_basis,
    cast(
        revenue_before_refunds - refund_amount_order_basis as decimal(18, 4)
    ) as net_revenue_order_basis,
    gift_card_amount,
    cogs,
    has_cost
from items
