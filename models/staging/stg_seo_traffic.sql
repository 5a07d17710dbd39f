with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as date) as traffic_date,
        cast(null as varchar) as search_engine,
        cast(null as varchar) as keyword,
        cast(null as bigint) as visits,
        cast(null as decimal(6, 2)) as position
    where false

    {{ union_adapters('seo_traffic') }}

)

select * from all_sources
