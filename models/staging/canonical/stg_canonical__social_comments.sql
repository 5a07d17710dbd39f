{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'social_comments') }}

)

select
    _source as source,
    comment_id,
    lower(trim(network)) as network,
    customer_id,
    product_id,
    created_at,
    body,
    lower(trim(sentiment)) as sentiment
from source
where comment_id is not null
