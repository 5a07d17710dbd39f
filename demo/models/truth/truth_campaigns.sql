-- What each campaign really brought: the share of reached, living customers who ordered because of
-- it.
with caused as (

    select
        occasions.purchase_no as campaign_no,
        count(*) as caused_orders
    from {{ ref('gen_occasions') }} as occasions
    where occasions.origin = 'campaign'
    group by 1

),

reached as (

    select
        campaign_no,
        count(*) filter (where not is_held_out) as sent,
        count(*) filter (where is_held_out) as held_out,
        count(*) filter (where not is_held_out and is_alive and not unsubscribes) as alive_and_sent
    from {{ ref('gen_sendings') }}
    group by 1

)

select
    campaigns.campaign_id,
    coalesce(reached.sent, 0) as sent,
    coalesce(reached.held_out, 0) as held_out,
    coalesce(reached.alive_and_sent, 0) as alive_and_sent,
    coalesce(caused.caused_orders, 0) as caused_orders,
    campaigns.response_share * {{ var('promotion_effect') }} as lawful_share
from {{ ref('gen_campaigns') }} as campaigns
left join reached on reached.campaign_no = campaigns.campaign_no
left join caused on caused.campaign_no = campaigns.campaign_no
