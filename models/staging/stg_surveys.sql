with

all_sources as (

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

)

select * from all_sources
