with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as event_type,
        cast(null as timestamp) as occurred_at
    where false

    {{ union_adapters('campaign_events') }}

)

select * {{ with_source_in_keys(['campaign_id', 'customer_id']) }}
from all_sources
