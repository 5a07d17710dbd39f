with

all_sources as (

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

)

select * from all_sources
