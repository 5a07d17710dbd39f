-- The lines of an order sum to the order, in every money column; an order that does not count
-- has no money.
with

items as (

    select
        order_id,
        sum(booked_amount) as booked_amount,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(coupon_discount_amount) as coupon_discount_amount,
        sum(automatic_discount_amount) as automatic_discount_amount,
        sum(markdown_amount) as markdown_amount,
        sum(revenue_before_refunds) as revenue_before_refunds,
        sum(gift_card_amount) as gift_card_amount,
        sum(refund_amount_order_basis) as refund_amount_order_basis,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        coalesce(sum(quantity) filter (where is_valid and not is_gift_card), 0) as units,
        case when bool_and(has_cost) then sum(cogs) end as cogs
    from {{ ref('fct_order_items') }}
    group by order_id

),

refunds_without_line as (

    select
        order_id,
        sum(refund_amount) as refund_amount
    from {{ ref('fct_refund_items') }}
    where has_order and order_item_id is null
    group by order_id

)

select
    orders.order_id,
    orders.gross_revenue,
    items.gross_revenue as items_gross_revenue
from {{ ref('fct_orders') }} as orders
full join items
    on orders.order_id = items.order_id
left join refunds_without_line
    on orders.order_id = refunds_without_line.order_id
where
    orders.order_id is null
    or orders.booked_amount is distinct from coalesce(items.booked_amount, 0)
    or orders.gross_revenue is distinct from coalesce(items.gross_revenue, 0)
    or orders.discount_amount is distinct from coalesce(items.discount_amount, 0)
    or orders.coupon_discount_amount is distinct from coalesce(items.coupon_discount_amount, 0)
    or orders.automatic_discount_amount is distinct from coalesce(items.automatic_discount_amount, 0)
    or orders.discount_amount is distinct from
    orders.coupon_discount_amount + orders.automatic_discount_amount
    or orders.markdown_amount is distinct from coalesce(items.markdown_amount, 0)
    or orders.revenue_before_refunds is distinct from coalesce(items.revenue_before_refunds, 0)
    or orders.gift_card_amount is distinct from coalesce(items.gift_card_amount, 0)
    or orders.refund_amount_order_basis is distinct from
    coalesce(items.refund_amount_order_basis, 0) + coalesce(refunds_without_line.refund_amount, 0)
    or orders.net_revenue_order_basis is distinct from
    coalesce(items.net_revenue_order_basis, 0) - coalesce(refunds_without_line.refund_amount, 0)
    or orders.units is distinct from coalesce(items.units, 0)
    or (orders.is_valid and orders.cogs is distinct from items.cogs)
