with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as event_id,
        cast(null as varchar) as session_id,
        cast(null as varchar) as event_type,
        cast(null as varchar) as product_id,
        cast(null as timestamp) as occurred_at
    where false

    {{ union_adapters('web_events') }}

)

select * from all_sources
