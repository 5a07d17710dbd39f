with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as date) as rate_date,
        cast(null as varchar) as from_currency,
        cast(null as varchar) as to_currency,
        cast(null as decimal(18, 8)) as rate
    where false

    {{ union_adapters('fx_rates') }}

),

seed_rows as (

    select
        'seed' as source,
        *
    from {{ ref('fx_rates') }}

),

rows_or_seed as (

    select * from all_sources
    union all by name
    select *
    from seed_rows
    where not exists (select 1 from all_sources)

)

select * from rows_or_seed
