{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'products') }}

),

one_row_per_key as (

    select *
    from source
    where product_id is not null
    qualify row_number() over (
        partition by product_id
        order by created_at desc nulls last, sku, product_name, category, unit_cost, list_price
    ) = 1

)

select
    product_id,
    parent_product_id,
    sku,
    product_name,
    category,
    subcategory,
    vendor,
    unit_cost,
    list_price,
    upper(trim(currency)) as currency,
    coalesce(is_merchandise, true) as is_merchandise,
    coalesce(is_gift_card, false) as is_gift_card,
    created_at
from one_row_per_key
