{{ config(
    materialized='external',
    location=var('output') ~ '/marketing_spend.' ~ var('format'),
    format=var('format'),
) }}

select
    day as spend_date,
    channel,
    campaign,
    '' as region_id,
    {{ money('amount_cents') }} as amount,
    'EUR' as currency,
    impressions,
    clicks,
    purpose
from {{ ref('gen_marketing_spend') }}
where {{ in_window('day') }}
order by day, channel, campaign
