with

spend as (

    select * from {{ ref('stg_marketing_spend') }}

),

channels as (

    select * from {{ ref('marketing_channels') }}

),

rates as (

    select * from {{ ref('int_fx_rates') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

)

-- Spend names channels as visits do; a medium (cpc) is put to its channel by the same seed.
select
    spend.spend_date,
    cast(date_trunc('month', spend.spend_date) as date) as month,
    coalesce(
        channels.marketing_channel, nullif(lower(trim(spend.channel)), ''), '(unknown)'
    ) as marketing_channel,
    nullif(spend.campaign, '') as campaign_id,
    nullif(spend.region_id, '') as region_id,
    coalesce(nullif(lower(trim(spend.purpose)), ''), 'acquisition') as purpose,
    {{ at_rate('coalesce(spend.amount, 0)', 'rates.rate') }} as amount,
    coalesce(spend.impressions, 0) as impressions,
    coalesce(spend.clicks, 0) as clicks
from spend
cross join as_of
left join channels
    on lower(trim(spend.channel)) = channels.medium
left join rates
    on
        spend.currency = rates.currency
        and spend.spend_date = rates.rate_date
where spend.spend_date < as_of.as_of
