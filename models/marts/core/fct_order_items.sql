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
    case
        when discount_amount = 0 then 'none'
        when coupon_discount_amount = 0 then 'automatic'
        when coupon_discount_amount = discount_amount then 'coupon'
        else 'both'
    end as discount_type,
    coupon_discount_amount,
    cast(discount_amount - coupon_discount_amount as decimal(18, 4)) as automatic_discount_amount,
    markdown_amount,
    revenue_before_refunds,
    refund_amount_order_basis,
    cast(
        revenue_before_refunds - refund_amount_order_basis as decimal(18, 4)
    ) as net_revenue_order_basis,
    gift_card_amount,
    cogs,
    has_cost
from items
