{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'seo_traffic') }}

),

cleaned as (

    select
        'canonical' as source,
        traffic_date,
        source as search_engine,
        coalesce(trim(keyword), '') as keyword,
        coalesce(visits, 0) as visits,
        position
    from source
    where traffic_date is not null and source is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'traffic_date', 'search_engine', 'keyword'],
    ['visits desc nulls last', 'position nulls last'],
) }}
