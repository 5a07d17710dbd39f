with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as response_id,
        cast(null as varchar) as survey_type,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as order_id,
        cast(null as timestamp) as sent_at,
        cast(null as timestamp) as responded_at,
        cast(null as integer) as score,
        cast(null as varchar) as comment,
        cast(null as varchar) as wave
    where false

    {{ union_adapters('surveys') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'response_id'],
        ['responded_at desc nulls last', 'score nulls last', 'sent_at desc nulls last'],
    ) }}

)

select * {{ with_source_in_keys(['response_id', 'customer_id', 'order_id']) }}
from one_row_per_key
