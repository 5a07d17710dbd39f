with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as date) as spend_date,
        cast(null as varchar) as channel,
        cast(null as varchar) as campaign,
        cast(null as varchar) as region_id,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as currency,
        cast(null as bigint) as impressions,
        cast(null as bigint) as clicks,
        cast(null as varchar) as purpose
    where false

    {{ union_adapters('marketing_spend') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'spend_date', 'channel', 'campaign', 'region_id'],
        ['amount desc nulls last'],
    ) }}

),

-- No campaign is none of any source.
named_campaigns as (

    select * replace (nullif(campaign, '') as campaign)
    from one_row_per_key

),

keyed_campaigns as (

    select * {{ with_source_in_keys(['campaign']) }}
    from named_campaigns

)

select * replace (coalesce(campaign, '') as campaign)
from keyed_campaigns
