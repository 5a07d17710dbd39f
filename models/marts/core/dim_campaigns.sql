with

campaigns as (

    select * from {{ ref('stg_campaigns') }}

),

messages as (

    select * from {{ ref('stg_campaign_events') }}

),

spend as (

    select * from {{ ref('int_marketing_spend') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

leads as (

    select * from {{ ref('int_lead_conversions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

mentions as (

    select
        campaign_id,
        marketing_channel as spend_channel,
        cast(null as varchar) as visit_channel,
        cast(null as varchar) as lead_channel,
        spend_date as date
    from spend
    union all
    select
        campaign_id,
        cast(null as varchar) as spend_channel,
        marketing_channel as visit_channel,
        cast(null as varchar) as lead_channel,
        touch_date as date
    from touches
    union all
    select
        campaign_id,
        cast(null as varchar) as spend_channel,
        cast(null as varchar) as visit_channel,
        lead_source as lead_channel,
        lead_date as date
    from leads
    union all
    select
        messages.campaign_id,
        cast(null as varchar) as spend_channel,
        cast(null as varchar) as visit_channel,
        cast(null as varchar) as lead_channel,
        {{ local_date('messages.occurred_at') }} as date
    from messages
    cross join as_of
    where {{ local_date('messages.occurred_at') }} < as_of.as_of

),

mentioned_campaigns as (

    select
        campaign_id,
        coalesce(min(spend_channel), min(visit_channel), min(lead_channel)) as marketing_channel,
        min(date) as first_date,
        max(date) as last_date
    from mentions
    where campaign_id is not null and campaign_id <> ''
    group by campaign_id

)

select
    coalesce(campaigns.campaign_id, mentioned_campaigns.campaign_id) as campaign_id,
    coalesce(
        campaigns.campaign_name, campaigns.campaign_id, mentioned_campaigns.campaign_id
    ) as campaign_name,
    coalesce(campaigns.channel, mentioned_campaigns.marketing_channel) as marketing_channel,
    campaigns.sent_at,
    campaigns.audience_key,
    campaigns.holdout_share,
    campaigns.cost,
    campaigns.currency,
    mentioned_campaigns.first_date,
    mentioned_campaigns.last_date,
    campaigns.campaign_id is not null as is_listed
from campaigns
full join mentioned_campaigns
    on campaigns.campaign_id = mentioned_campaigns.campaign_id
