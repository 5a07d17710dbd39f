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
    round(population * 0.62)::bigint as target_population,
    -- people like the best customers live where the appetite is: a tenth of it
    round(appetite / 10, 4) as profile_share
from {{ ref('law_regions') }}
order by region_id
