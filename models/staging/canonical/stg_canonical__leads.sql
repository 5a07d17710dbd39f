{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'leads') }}

),

cleaned as (

    select
        'canonical' as source,
        lead_id,
        created_at,
        source as lead_source,
        campaign,
        region_id,
        lower(trim(status)) as status,
        converted_at,
        customer_id,
        quality
    from source
    where lead_id is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'lead_id'],
    ['converted_at desc nulls last', 'created_at desc nulls last', 'status'],
) }}
