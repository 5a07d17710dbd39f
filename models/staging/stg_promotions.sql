with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as promotion_id,
        cast(null as varchar) as code,
        cast(null as varchar) as promotion_type,
        cast(null as varchar) as value_type,
        cast(null as decimal(18, 4)) as value,
        cast(null as timestamp) as starts_at,
        cast(null as timestamp) as ends_at,
        cast(null as varchar) as channel_id
    where false

    {{ union_adapters('promotions') }}

)

select * from all_sources
