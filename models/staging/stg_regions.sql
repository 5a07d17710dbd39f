with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as region_id,
        cast(null as varchar) as region_name,
        cast(null as varchar) as country_code,
        cast(null as varchar) as parent_region_id,
        cast(null as bigint) as population,
        cast(null as integer) as population_year,
        cast(null as double) as latitude,
        cast(null as double) as longitude,
        cast(null as bigint) as target_population,
        cast(null as double) as profile_share
    where false

    {{ union_adapters('regions') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['region_id'],
        [source_rank(), 'population_year desc nulls last', 'region_name'],
    ) }}

),

seed_rows as (

    select
        'seed' as source,
        *
    from {{ ref('regions') }}

),

rows_or_seed as (

    select * from one_row_per_key
    union all by name
    select *
    from seed_rows
    where not exists (select 1 from one_row_per_key)

)

select * from rows_or_seed
