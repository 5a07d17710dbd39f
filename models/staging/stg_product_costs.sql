with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as product_id,
        cast(null as date) as valid_from,
        cast(null as decimal(18, 4)) as unit_cost,
        cast(null as varchar) as currency
    where false

    {{ union_adapters('product_costs') }}

)

select * from all_sources
