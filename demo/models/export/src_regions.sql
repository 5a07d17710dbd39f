{{ config(
    materialized='external',
    location=var('output') ~ '/regions.' ~ var('format'),
    format=var('format'),
) }}

select
    region_id,
    region_name,
    country_code,
    null::varchar as parent_region_id,
    population,
    2023 as population_year,
    latitude,
    longitude,
    -- grown-up and online
    round(population * 0.62)::bigint as target_population
from {{ ref('law_regions') }}
order by region_id
