with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as date) as holiday_date,
        cast(null as varchar) as country_code,
        cast(null as varchar) as holiday_name
    where false

    {{ union_adapters('holidays') }}

),

seed_rows as (

    select
        'seed' as source,
        *
    from {{ ref('holidays') }}

),

rows_or_seed as (

    select * from all_sources
    union all by name
    select *
    from seed_rows
    where not exists (select 1 from all_sources)

)

select * from rows_or_seed
