{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'customer_identities') }}

),

cleaned as (

    select
        'canonical' as source,
        source as system,
        source_customer_key,
        customer_id
    from source
    where source_customer_key is not null

)

{{ one_row_per_key('cleaned', ['source', 'system', 'source_customer_key'], ['customer_id']) }}
