with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as date) as traffic_date,
        cast(null as varchar) as search_engine,
        cast(null as varchar) as keyword,
        cast(null as bigint) as visits,
        cast(null as decimal(6, 2)) as position
    where false

    {{ union_adapters('seo_traffic') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'traffic_date', 'search_engine', 'keyword'],
        ['visits desc nulls last', 'position nulls last'],
    ) }}

)

select * from one_row_per_key
