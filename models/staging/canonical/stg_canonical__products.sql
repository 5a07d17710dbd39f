{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'products') }}

)

select
    _source as source,
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
from source
where product_id is not null
