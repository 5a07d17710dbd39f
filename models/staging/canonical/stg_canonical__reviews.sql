{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'reviews') }}

)

select
    _source as source,
    review_id,
    order_id,
    product_id,
    customer_id,
    created_at,
    score,
    title,
    body,
    is_verified
from source
