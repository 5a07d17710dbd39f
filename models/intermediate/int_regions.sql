-- Regions and countries with what is known of their people; the owner's figures go first.
with

regions as (

    select * from {{ ref('stg_regions') }}

),

owner_figures as (

    select * from {{ ref('region_population') }}

),

countries as (

    select * from {{ ref('country_names') }}

),

country_labels as (

    select
        country_code,
        min(country_label) as country_name
    from countries
    group by country_code

),

with_owner_figures as (

    select
        regions.region_id,
        coalesce(regions.region_name, regions.region_id) as region_name,
        regions.country_code,
        regions.parent_region_id,
        coalesce(owner_figures.population, regions.population) as population,
        case
            when owner_figures.population is not null then owner_figures.population_year
            else regions.population_year
        end as population_year,
        coalesce(owner_figures.target_population, regions.target_population)
            as target_population,
        coalesce(owner_figures.profile_share, regions.profile_share) as profile_share,
        regions.latitude,
        regions.longitude
    from regions
    left join owner_figures
        on regions.region_id = owner_figures.region_id

),

-- A region within a region is counted in it, not beside it.
whole_regions as (

    select *
    from with_owner_figures
    where
        parent_region_id is null
        or parent_region_id not in (select region_id from with_owner_figures)

),

country_codes as (

    select country_code from with_owner_figures
    union
    select region_id as country_code
    from owner_figures
    where region_id not in (select region_id from with_owner_figures)

),

country_sums as (

    select
        country_code,
        case when count(population) = count(*) then cast(sum(population) as bigint) end
            as population,
        case when count(population) = count(*) then max(population_year) end as population_year,
        case when count(target_population) = count(*) then cast(sum(target_population) as bigint) end
            as target_population,
        case
            when count(profile_share) = count(*) and sum(population) > 0
                then sum(profile_share * population) / sum(population)
        end as profile_share,
        avg(latitude) as latitude,
        avg(longitude) as longitude
    from whole_regions
    group by country_code

)

select
    'country' as level,
    country_codes.country_code as region_id,
    coalesce(country_labels.country_name, country_codes.country_code) as region_name,
    country_codes.country_code,
    cast(null as varchar) as parent_region_id,
    coalesce(owner_figures.population, country_sums.population) as population,
    case
        when owner_figures.population is not null then owner_figures.population_year
        else country_sums.population_year
    end as population_year,
    coalesce(owner_figures.target_population, country_sums.target_population)
        as target_population,
    coalesce(owner_figures.profile_share, country_sums.profile_share) as profile_share,
    country_sums.latitude,
    country_sums.longitude
from country_codes
left join country_sums
    on country_codes.country_code = country_sums.country_code
left join owner_figures
    on country_codes.country_code = owner_figures.region_id
left join country_labels
    on country_codes.country_code = country_labels.country_code
union all
select
    'region' as level,
    region_id,
    region_name,
    country_code,
    parent_region_id,
    population,
    population_year,
    target_population,
    profile_share,
    latitude,
    longitude
from with_owner_figures
