with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as event_id,
        cast(null as varchar) as session_id,
        cast(null as varchar) as event_type,
        cast(null as varchar) as product_id,
        cast(null as timestamp) as occurred_at
    where false

    {{ union_adapters('web_events') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'event_id'],
        ['occurred_at desc nulls last', 'event_type'],
    ) }}

)

select * {{ with_source_in_keys(['event_id', 'session_id', 'product_id']) }}
from one_row_per_key
