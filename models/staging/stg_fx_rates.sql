with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as date) as rate_date,
        cast(null as varchar) as from_currency,
        cast(null as varchar) as to_currency,
        cast(null as decimal(18, 8)) as rate
    where false

    {{ union_adapters('fx_rates') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['rate_date', 'from_currency', 'to_currency'],
        [source_rank(), 'rate'],
    ) }}

),

seed_rows as (

    select
        'seed' as source,
        *
    from {{ ref('fx_rates') }}

),

rows_or_seed as (

    select * from one_row_per_key
    union all by name
    select *
    from seed_rows
    where not exists (select 1 from one_row_per_key)

)

select * from rows_or_seed
