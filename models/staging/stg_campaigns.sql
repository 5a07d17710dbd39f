with

all_sources as materialized (

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

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'campaign_id'],
        ['sent_at desc nulls last', 'campaign_name'],
    ) }}

)

select * {{ with_source_in_keys(['campaign_id']) }}
from one_row_per_key
