{{ config(
    materialized='external',
    location=var('output') ~ '/campaigns.' ~ var('format'),
    format=var('format'),
) }}

with sizes as (

    select
        campaign_no,
        count(*) filter (where not is_held_out) as sent_count
    from {{ ref('gen_sendings') }}
    group by campaign_no

)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.channel,
    campaigns.sent_at,
    campaigns.audience_key,
    (campaigns.holdout_percent * 0.01)::decimal(5, 4) as holdout_share,
    {{ money('campaigns.fixed_cents + coalesce(sizes.sent_count, 0) * 6') }} as cost,
    'EUR' as currency
from {{ ref('gen_campaigns') }} as campaigns
left join sizes on sizes.campaign_no = campaigns.campaign_no
where {{ in_window('campaigns.sent_at') }}
order by campaigns.campaign_no
