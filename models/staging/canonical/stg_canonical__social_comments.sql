{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'social_comments') }}

),

cleaned as (

    select
        'canonical' as source,
        comment_id,
        lower(trim(network)) as network,
        customer_id,
        product_id,
        created_at,
        body,
        lower(trim(sentiment)) as sentiment
    from source
    where comment_id is not null

)

{{ one_row_per_key('cleaned', ['source', 'comment_id'], ['created_at desc nulls last', 'body']) }}
