{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'regions') }}

)

select
    _source as source,
    region_id,
    region_name,
    upper(trim(country_code)) as country_code,
    parent_region_id,
    population,
    population_year,
    latitude,
    longitude,
    target_population,
    profile_share
from source
where region_id is not null
