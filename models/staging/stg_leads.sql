with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as lead_id,
        cast(null as timestamp) as created_at,
        cast(null as varchar) as lead_source,
        cast(null as varchar) as campaign,
        cast(null as varchar) as region_id,
        cast(null as varchar) as status,
        cast(null as timestamp) as converted_at,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as quality
    where false

    {{ union_adapters('leads') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'lead_id'],
        ['converted_at desc nulls last', 'created_at desc nulls last', 'status'],
    ) }}

)

select * {{ with_source_in_keys(['lead_id', 'customer_id', 'campaign']) }}
from one_row_per_key
