with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as channel_id,
        cast(null as varchar) as channel_name,
        cast(null as varchar) as channel_type
    where false

    {{ union_adapters('sales_channels') }}

)

select * from all_sources
