with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as product_id,
        cast(null as date) as valid_from,
        cast(null as decimal(18, 4)) as unit_cost,
        cast(null as varchar) as currency
    where false

    {{ union_adapters('product_costs') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'product_id', 'valid_from'],
        ['currency', 'unit_cost'],
    ) }}

)

select * {{ with_source_in_keys(['product_id']) }}
from one_row_per_key
