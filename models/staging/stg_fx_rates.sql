with

all_adapters as (

    select
        cast(null as date) as rate_date,
        cast(null as varchar) as from_currency,
        cast(null as varchar) as to_currency,
        cast(null as decimal(18, 8)) as rate
    where false

    {% if 'canonical' in var('adapters') %}
    union all by name
    select * from {{ ref('stg_canonical__fx_rates') }}
    {% endif %}

),

seed_rates as (

    select * from {{ ref('fx_rates') }}

),

rates_or_seed as (

    select * from all_adapters
    union all by name
    select *
    from seed_rates
    where not exists (select 1 from all_adapters)

)

select * from rates_or_seed
