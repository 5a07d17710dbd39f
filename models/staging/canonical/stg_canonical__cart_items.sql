{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'cart_items') }}

)

select
    _source as source,
    cart_id,
    line_no,
    product_id,
    coalesce(quantity, 0) as quantity,
    unit_price
from source
where cart_id is not null and line_no is not null
