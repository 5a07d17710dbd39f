with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as campaign_name,
        cast(null as varchar) as channel,
        cast(null as timestamp) as sent_at,
        cast(null as varchar) as audience_key,
        cast(null as decimal(5, 4)) as holdout_share,
        cast(null as decimal(18, 4)) as cost,
        cast(null as varchar) as currency
    where false

    {{ union_adapters('campaigns') }}

)

select * from all_sources
