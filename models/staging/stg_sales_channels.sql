with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as channel_id,
        cast(null as varchar) as channel_name,
        cast(null as varchar) as channel_type
    where false

    {{ union_adapters('sales_channels') }}

),

one_row_per_key as (

    {{ one_row_per_key('all_sources', ['channel_id'], [source_rank(), 'channel_name']) }}

)

select * from one_row_per_key
