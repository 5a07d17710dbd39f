with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as ticket_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as order_id,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as first_response_at,
        cast(null as timestamp) as resolved_at,
        cast(null as varchar) as category,
        cast(null as varchar) as status,
        cast(null as integer) as csat,
        cast(null as varchar) as team
    where false

    {{ union_adapters('support_tickets') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'ticket_id'],
        [
            'resolved_at desc nulls last',
            'first_response_at desc nulls last',
            'created_at desc nulls last',
            'status',
        ],
    ) }}

)

select * {{ with_source_in_keys(['ticket_id', 'customer_id', 'order_id']) }}
from one_row_per_key
