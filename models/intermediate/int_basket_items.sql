with

items as (

    select * from {{ ref('fct_order_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

-- A refund that names no line can still have taken back the whole order.
returned_orders as (

    select order_id
    from {{ ref('fct_orders') }}
    where is_fully_refunded

)

-- A product counts once an order, in whatever size or colour; what was for nothing, or came back
-- whole, was not chosen.
select
    items.order_id,
    products.parent_product_id as product_id,
    items.is_anonymous
from items
inner join products
    on items.product_id = products.product_id
left join returned_orders
    on items.order_id = returned_orders.order_id
where
    items.is_valid
    and returned_orders.order_id is null
    and items.quantity > 0
    and items.revenue_before_refunds > 0
    and not items.is_gift
    and not items.is_gift_card
    and products.is_merchandise
    and items.refunded_quantity < items.quantity
    and items.refund_amount_order_basis < items.revenue_before_refunds
group by items.order_id, products.parent_product_id, items.is_anonymous
