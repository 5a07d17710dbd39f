{{ config(type='table') }}

with

products as (

    select * from {{ ref('dim_products') }}

)

select products.parent_product_id as product_id
from products
where
    {{ function('is_given') }}(product)
    and (
        {{ function('is_any_of') }}(products.product_id, product)
        or {{ function('is_any_of') }}(products.parent_product_id, product)
    )
group by products.parent_product_id
