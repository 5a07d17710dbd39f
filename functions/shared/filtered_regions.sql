{{ config(type='table') }}

with

regions as (

    select * from {{ ref('dim_regions') }}

)

select regions.region_id
from regions
where
    {{ function('is_given') }}(region)
    and {{ function('is_any_of') }}(regions.region_name, region)
group by regions.region_id
