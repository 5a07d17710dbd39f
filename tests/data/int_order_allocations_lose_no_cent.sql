-- Trap 10.
-- The discounts of an order's lines sum to the order's, wherever the order states more than its
-- lines.
with

line_discounts as (

    select
        lines.order_id,
        sum(lines.discount_amount + coalesce(allocations.discount_amount, 0)) as discount_amount,
        sum(lines.discount_amount) as stated_amount
    from {{ ref('int_order_lines') }} as lines
    left join {{ ref('int_order_allocations') }} as allocations
        on lines.order_item_id = allocations.order_item_id
    group by lines.order_id

)

select
    orders.order_id,
    orders.discount_amount,
    line_discounts.discount_amount as line_discount_amount
from {{ ref('stg_orders') }} as orders
inner join line_discounts
    on orders.order_id = line_discounts.order_id
where
    greatest(orders.discount_amount, line_discounts.stated_amount)
    is distinct from line_discounts.discount_amount
