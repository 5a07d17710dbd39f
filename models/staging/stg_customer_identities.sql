with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as system,
        cast(null as varchar) as source_customer_key,
        cast(null as varchar) as customer_id
    where false

    {{ union_adapters('customer_identities') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'system', 'source_customer_key'],
        ['customer_id'],
    ) }}

)

select * {{ with_source_in_keys(['source_customer_key', 'customer_id']) }}
from one_row_per_key
