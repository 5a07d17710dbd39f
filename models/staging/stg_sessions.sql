with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as session_id,
        cast(null as varchar) as visitor_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as started_at,
        cast(null as timestamp) as ended_at,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as device,
        cast(null as varchar) as region_id,
        cast(null as varchar) as landing_page,
        cast(null as integer) as pageviews,
        cast(null as boolean) as is_bot
    where false

    {{ union_adapters('sessions') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'session_id'],
        ['ended_at desc nulls last', 'pageviews desc nulls last', 'started_at'],
    ) }}

)

select * {{ with_source_in_keys(['session_id', 'visitor_id', 'customer_id', 'utm_campaign']) }}
from one_row_per_key
