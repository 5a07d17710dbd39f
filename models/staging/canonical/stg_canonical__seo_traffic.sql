{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'seo_traffic') }}

)

select
    _source as source,
    traffic_date,
    source as search_engine,
    coalesce(trim(keyword), '') as keyword,
    coalesce(visits, 0) as visits,
    position
from source
where traffic_date is not null and source is not null
