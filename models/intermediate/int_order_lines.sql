with

orders as (

    select * from {{ ref('stg_orders') }}

),

order_items as (

    select * from {{ ref('stg_order_items') }}

),

products as (

    select * from {{ ref('stg_products') }}

),

delivered_lines as (

    select
        order_items.order_item_id,
        order_items.order_id,
        order_items.line_no,
        order_items.product_id,
        order_items.description,
        coalesce(order_items.quantity, 0) as quantity,
        order_items.unit_price,
        order_items.compare_at_price,
        coalesce(
            order_items.line_amount,
            {{ product_of('order_items.quantity', 'order_items.unit_price') }},
            0
        ) as list_amount,
        order_items.discount_amount,
        order_items.tax_amount,
        order_items.shipping_amount,
        order_items.unit_cost,
        order_items.is_gift,
        orders.is_gift_card_purchase or coalesce(products.is_gift_card, false) as is_gift_card,
        coalesce(products.is_merchandise, true) as is_merchandise
    from order_items
    inner join orders
        on order_items.order_id = orders.order_id
    left join products
        on order_items.product_id = products.product_id

),

-- An order that came without lines keeps its money in one line of its own.
header_lines as (

    select
        orders.order_id || '-header' as order_item_id,
        orders.order_id,
        cast(null as bigint) as line_no,
        cast(null as varchar) as product_id,
        cast(null as varchar) as description,
        cast(0 as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as unit_price,
        cast(null as decimal(18, 4)) as compare_at_price,
        orders.subtotal as list_amount,
        cast(0 as decimal(18, 4)) as discount_amount,
        cast(0 as decimal(18, 4)) as tax_amount,
        cast(0 as decimal(18, 4)) as shipping_amount,
        cast(null as decimal(18, 4)) as unit_cost,
        false as is_gift,
        orders.is_gift_card_purchase as is_gift_card,
        true as is_merchandise
    from orders
    where
        orders.subtotal <> 0
        and not exists (select 1 from order_items where order_items.order_id = orders.order_id)

),

lines as (

    select * from delivered_lines
    union all
    select * from header_lines

)

select
    order_item_id,
    order_id,
    line_no,
    product_id,
    description,
    quantity,
    unit_price,
    compare_at_price,
    list_amount,
    discount_amount,
    tax_amount,
    shipping_amount,
    unit_cost,
    is_gift,
    is_gift_card,
    is_merchandise
from lines
