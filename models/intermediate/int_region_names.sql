-- Every spelling under which an order may name a region: its id, and its name within the country.
with

regions as (

    select * from {{ ref('stg_regions') }}

),

aliases as (

    select * from {{ ref('region_aliases') }}

),

spellings as (

    select
        country_code,
        region_id as spelling,
        region_id,
        1 as preference
    from regions
    union all
    select
        country_code,
        region_name as spelling,
        region_id,
        2 as preference
    from regions
    union all
    select
        country_code,
        alias as spelling,
        region_id,
        3 as preference
    from aliases

),

normalised as (

    select
        country_code,
        {{ normalised_place('spelling') }} as spelling,
        region_id,
        preference
    from spellings
    where spelling is not null

)

select
    country_code,
    spelling,
    region_id
from normalised
qualify row_number() over (
    partition by country_code, spelling
    order by preference, region_id
) = 1
