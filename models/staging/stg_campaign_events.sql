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

),

-- A row that says the same in every column came twice: from a file that was loaded twice.
told_once as (

    select *
    from all_sources
    group by all

)

select * {{ with_source_in_keys(['campaign_id', 'customer_id']) }}
from told_once
