{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'regions') }}

),

cleaned as (

    select
        'canonical' as source,
        region_id,
        region_name,
        upper(trim(country_code)) as country_code,
        parent_region_id,
        population,
        population_year,
        latitude,
        longitude,
        target_population
    from source
    where region_id is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'region_id'],
    ['population_year desc nulls last', 'region_name'],
) }}
