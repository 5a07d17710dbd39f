{{ config(
    materialized='external',
    location=var('output') ~ '/campaign_events.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

select
    campaigns.campaign_id,
    'c' || events.customer_no as customer_id,
    events.event_type,
    events.occurred_at
from {{ ref('gen_campaign_events') }} as events
inner join {{ ref('gen_campaigns') }} as campaigns on campaigns.campaign_no = events.campaign_no
where {{ in_window('events.occurred_at') }}
order by events.campaign_no, events.customer_no, events.step_no
