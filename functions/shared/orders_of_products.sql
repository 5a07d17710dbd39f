{{ config(type='table') }}

with

items as (

    select * from {{ ref('fct_order_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

)

-- Nothing is read when nothing is asked for.
select items.order_id
from items
inner join products
    on items.product_id = products.product_id
where
    ({{ function('is_given') }}(product) or {{ function('is_given') }}(category))
    and items.is_valid
    and items.quantity > items.refunded_quantity
    and (
        {{ function('is_any_of') }}(products.product_id, product)
        or {{ function('is_any_of') }}(products.parent_product_id, product)
    )
    and {{ function('is_any_of') }}(products.category, category)
group by items.order_id
