with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as date) as holiday_date,
        cast(null as varchar) as country_code,
        cast(null as varchar) as holiday_name
    where false

    {{ union_adapters('holidays') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['holiday_date', 'country_code'],
        [source_rank(), 'holiday_name'],
    ) }}

),

seed_rows as (

    select
        'seed' as source,
        *
    from {{ ref('holidays') }}

),

rows_or_seed as (

    select * from one_row_per_key
    union all by name
    select *
    from seed_rows
    where not exists (select 1 from one_row_per_key)

)

select * from rows_or_seed
