{{ config(type='table') }}

with

items as (

    select * from {{ ref('fct_order_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

asked_products as (

    select products.product_id
    from products
    where
        {{ asks_for_products() }}
        and (
            {{ function('is_any_of') }}(products.product_id, product)
            or {{ function('is_any_of') }}(products.parent_product_id, product)
        )
        and {{ function('is_any_of') }}(products.category, category)
    group by products.product_id

)

-- Nothing is read when nothing is asked for.
select items.order_id
from items
inner join asked_products
    on items.product_id = asked_products.product_id
where
    {{ asks_for_products() }}
    and items.is_valid
    and items.quantity > items.refunded_quantity
group by items.order_id
union
-- Lines that name no product are of no known product and category, as reports have them.
select items.order_id
from items
where
    {{ asks_for_products() }}
    and {{ function('is_any_of') }}('(unknown)', product)
    and {{ function('is_any_of') }}('(unknown)', category)
    and items.product_id is null
    and items.is_valid
    and items.quantity > items.refunded_quantity
group by items.order_id
