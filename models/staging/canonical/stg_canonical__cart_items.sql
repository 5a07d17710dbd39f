{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'cart_items') }}

),

cleaned as (

    select
        'canonical' as source,
        cart_id,
        line_no,
        product_id,
        coalesce(quantity, 0) as quantity,
        unit_price
    from source
    where cart_id is not null and line_no is not null

)

{{ one_row_per_key('cleaned', ['source', 'cart_id', 'line_no'], ['product_id', 'quantity']) }}
