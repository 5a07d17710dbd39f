with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as lead_id,
        cast(null as timestamp) as created_at,
        cast(null as varchar) as lead_source,
        cast(null as varchar) as campaign,
        cast(null as varchar) as region_id,
        cast(null as varchar) as status,
        cast(null as timestamp) as converted_at,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as quality
    where false

    {{ union_adapters('leads') }}

)

select * from all_sources
