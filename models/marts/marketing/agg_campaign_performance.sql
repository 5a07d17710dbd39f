with

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

contacts as (

    select * from {{ ref('int_campaign_contacts') }}

),

spend as (

    select * from {{ ref('int_marketing_spend') }}

),

rates as (

    select * from {{ ref('int_fx_rates') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

attribution as (

    select *
    from {{ ref('int_order_attribution') }}
    where model = '{{ var("attribution_model") }}' and campaign_id is not null

),

orders as (

    select * from {{ ref('fct_orders') }}

),

reporting as (

    select * from {{ ref('int_reporting_currency') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

contact_sums as (

    select
        campaign_id,
        bool_and(is_mature) as is_mature,
        count(*) filter (where is_sent) as sent,
        count(*) filter (where is_delivered) as delivered,
        count(*) filter (where is_bounced) as bounced,
        count(*) filter (where is_opened) as opened,
        count(*) filter (where is_clicked) as clicked,
        count(*) filter (where is_unsubscribed) as unsubscribed,
        count(*) filter (where is_complaint) as complaints,
        count(*) filter (where is_delivered and is_buyer) as buyers,
        coalesce(sum(orders) filter (where is_delivered), 0) as orders,
        coalesce(sum(net_revenue) filter (where is_delivered), 0) as net_revenue,
        case
            when count(*) filter (where is_delivered and contribution is null) = 0
                then coalesce(sum(contribution) filter (where is_delivered), 0)
        end as contribution,
        count(*) filter (where is_holdout) as holdout,
        count(*) filter (where is_holdout and is_buyer) as holdout_buyers,
        coalesce(sum(net_revenue) filter (where is_holdout), 0) as holdout_net_revenue,
        case
            when count(*) filter (where is_holdout and contribution is null) = 0
                then coalesce(sum(contribution) filter (where is_holdout), 0)
        end as holdout_contribution
    from contacts
    group by campaign_id

),

spend_sums as (

    select
        campaign_id,
        sum(amount) as amount,
        sum(impressions) as impressions,
        sum(clicks) as clicks
    from spend
    where campaign_id is not null
    group by campaign_id

),

session_sums as (

    select
        campaign_id,
        count(*) as sessions
    from touches
    where campaign_id is not null
    group by campaign_id

),

-- Orders shared by as many visits are added up as decimals and divided once, so that a figure
-- depends on no order of the rows.
shared_sums as (

    select
        attribution.campaign_id,
        attribution.shares,
        count(*) as orders,
        sum(orders.net_revenue_order_basis) as net_revenue,
        case
            when count(orders.contribution_order_basis) = count(*)
                then sum(orders.contribution_order_basis)
        end as contribution,
        count(*) filter (where orders.is_new) as new_customers
    from attribution
    inner join orders
        on attribution.order_id = orders.order_id
    group by attribution.campaign_id, attribution.shares

),

attributed_sums as (

    select
        campaign_id,
        sum(orders / shares order by shares) as orders,
        sum(cast(net_revenue as double) / shares order by shares) as net_revenue,
        case
            when count(contribution) = count(*)
                then sum(cast(contribution as double) / shares order by shares)
        end as contribution,
        sum(new_customers / shares order by shares) as new_customers
    from shared_sums
    group by campaign_id

),

-- The reporting currency, which a cost without one is in, needs no day; another without a day has
-- no rate. What is not sent yet has cost nothing.
own_costs as (

    select
        campaigns.campaign_id,
        case
            when coalesce(campaigns.currency = reporting.currency, true) then campaigns.cost
            else {{ at_rate('campaigns.cost', 'rates.rate') }}
        end as cost
    from campaigns
    cross join as_of
    cross join reporting
    left join rates
        on
            campaigns.currency = rates.currency
            and {{ local_date('campaigns.sent_at') }} = rates.rate_date
    where
        campaigns.cost is not null
        and coalesce({{ local_date('campaigns.sent_at') }} < as_of.as_of, true)

),

costs as (

    select
        campaigns.campaign_id,
        case
            when own_costs.campaign_id is null then spend_sums.amount
            else own_costs.cost + coalesce(spend_sums.amount, 0)
        end as cost
    from campaigns
    left join own_costs
        on campaigns.campaign_id = own_costs.campaign_id
    left join spend_sums
        on campaigns.campaign_id = spend_sums.campaign_id

),

joined_sums as (

    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        coalesce(campaigns.marketing_channel, '(unknown)') as channel,
        {{ local_date('campaigns.sent_at') }} as sent_date,
        coalesce(contact_sums.is_mature, true) as is_complete,
        coalesce(contact_sums.sent, 0) as sent,
        coalesce(contact_sums.delivered, 0) as delivered,
        coalesce(contact_sums.bounced, 0) as bounced,
        coalesce(contact_sums.opened, 0) as opened,
        coalesce(contact_sums.clicked, 0) as clicked,
        coalesce(contact_sums.unsubscribed, 0) as unsubscribed,
        coalesce(contact_sums.complaints, 0) as complaints,
        coalesce(contact_sums.buyers, 0) as buyers,
        cast(coalesce(contact_sums.orders, 0) as bigint) as orders,
        cast(coalesce(contact_sums.net_revenue, 0) as decimal(18, 4)) as net_revenue,
        cast(
            case when contact_sums.campaign_id is null then 0 else contact_sums.contribution end
            as decimal(18, 4)
        ) as contribution,
        coalesce(contact_sums.holdout, 0) as holdout,
        coalesce(contact_sums.holdout_buyers, 0) as holdout_buyers,
        cast(coalesce(contact_sums.holdout_net_revenue, 0) as decimal(18, 4))
            as holdout_net_revenue,
        cast(contact_sums.holdout_contribution as decimal(18, 4)) as holdout_contribution,
        cast(coalesce(spend_sums.impressions, 0) as bigint) as impressions,
        cast(coalesce(spend_sums.clicks, 0) as bigint) as ad_clicks,
        coalesce(session_sums.sessions, 0) as sessions,
        coalesce(attributed_sums.orders, 0.0) as attributed_orders,
        coalesce(attributed_sums.new_customers, 0.0) as attributed_new_customers,
        coalesce(attributed_sums.net_revenue, 0.0) as attributed_net_revenue,
        case when attributed_sums.campaign_id is null then 0.0 else attributed_sums.contribution end
            as attributed_contribution,
        cast(costs.cost as decimal(18, 4)) as cost
    from campaigns
    inner join costs
        on campaigns.campaign_id = costs.campaign_id
    left join contact_sums
        on campaigns.campaign_id = contact_sums.campaign_id
    left join spend_sums
        on campaigns.campaign_id = spend_sums.campaign_id
    left join session_sums
        on campaigns.campaign_id = session_sums.campaign_id
    left join attributed_sums
        on campaigns.campaign_id = attributed_sums.campaign_id

)

select
    campaign_id,
    campaign_name,
    channel,
    sent_date,
    is_complete,
    sent,
    delivered,
    bounced,
    opened,
    false as is_opened_reliable,
    clicked,
    unsubscribed,
    complaints,
    {{ ratio('opened', 'delivered') }} as open_rate,
    {{ ratio('clicked', 'delivered') }} as click_rate,
    {{ ratio('unsubscribed', 'delivered') }} as unsubscribe_rate,
    buyers,
    {{ ratio('buyers', 'delivered') }} as conversion_rate,
    orders,
    net_revenue,
    {{ ratio('net_revenue', 'delivered') }} as net_revenue_per_message,
    contribution,
    holdout,
    holdout_buyers,
    {{ ratio('holdout_buyers', 'holdout') }} as holdout_conversion_rate,
    {{ ratio('buyers', 'delivered') }} - {{ ratio('holdout_buyers', 'holdout') }}
        as incremental_conversion_rate,
    delivered * (
        {{ ratio('net_revenue', 'delivered') }} - {{ ratio('holdout_net_revenue', 'holdout') }}
    ) as incremental_net_revenue,
    delivered * (
        {{ ratio('contribution', 'delivered') }} - {{ ratio('holdout_contribution', 'holdout') }}
    ) as incremental_contribution,
    impressions,
    ad_clicks,
    sessions,
    '{{ var("attribution_model") }}' as attribution_model,
    attributed_orders,
    attributed_new_customers,
    attributed_net_revenue,
    attributed_contribution,
    case when sessions > 0 then attributed_orders / sessions end as orders_per_session,
    cost,
    -- Of mail what those who got it bought; of ads what their visits are credited with.
    case
        when cost > 0 and (sent > 0 or delivered > 0)
            then (contribution::double - cost::double) / cost::double
        when cost > 0 then (attributed_contribution - cost::double) / cost::double
    end as roi,
    case
        when cost > 0 and holdout > 0 and delivered > 0
            then (
                delivered * (
                    {{ ratio('contribution', 'delivered') }}
                    - {{ ratio('holdout_contribution', 'holdout') }}
                ) - cost::double
            ) / cost::double
    end as incremental_roi
from joined_sums
