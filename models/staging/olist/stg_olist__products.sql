{{ config(materialized='ephemeral') }}

with

products as (

    select * from {{ source('olist', 'products') }}

)

select
    _source as source,
    product_id,
    product_id as sku,
    product_category_name as category,
    'BRL' as currency,
    true as is_merchandise,
    false as is_gift_card
from products
