-- How eager each region is: customers come in proportion to people times appetite. ideal_index is the
-- appetite against the mean of all people, in per cent.
with people as (

    select
        region_id,
        count(*) as people
    from {{ ref('gen_customers') }}
    group by region_id

)

select
    regions.region_id,
    regions.country_code,
    regions.population,
    regions.appetite,
    regions.population * regions.appetite / sum(regions.population * regions.appetite) over ()
    as lawful_share,
    100 * regions.appetite * sum(regions.population) over ()
    / sum(regions.population * regions.appetite) over () as ideal_index,
    coalesce(people.people, 0) as people
from {{ ref('law_regions') }} as regions
left join people on people.region_id = regions.region_id
