with

campaigns as (

    select * from {{ ref('stg_campaigns') }}

),

events as (

    select * from {{ ref('stg_campaign_events') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and customer_id is not null

),

customers as (

    select * from {{ ref('dim_customers') }}

),

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Events of as_of and later are not seen.
seen_events as (

    select events.*
    from events
    cross join as_of
    where {{ local_date('events.occurred_at') }} < as_of.as_of

),

campaigns_that_say_who_got_them as (

    select campaign_id
    from seen_events
    where event_type = 'delivered'
    group by campaign_id

),

-- A person with two accounts in one campaign was written to once. Who is no customer got it, too.
contacts as (

    select
        events.campaign_id,
        coalesce(identities.customer_id, events.customer_id) as recipient_id,
        max(identities.customer_id) as customer_id,
        min(events.occurred_at) as contacted_at,
        bool_or(events.event_type = 'holdout') as is_holdout,
        bool_or(events.event_type = 'sent') as is_sent,
        bool_or(events.event_type = 'delivered') as is_said_delivered,
        bool_or(events.event_type in ('opened', 'clicked', 'unsubscribed', 'complained'))
            as is_answered,
        bool_or(events.event_type = 'bounced') as is_bounced,
        bool_or(events.event_type = 'opened') as is_opened,
        bool_or(events.event_type = 'clicked') as is_clicked,
        bool_or(events.event_type = 'unsubscribed') as is_unsubscribed,
        bool_or(events.event_type = 'complained') as is_complaint
    from seen_events as events
    left join identities
        on events.customer_id = identities.source_customer_id
    group by events.campaign_id, recipient_id

),

-- What was opened has arrived; of a campaign that says of nobody that it did, all that did not come
-- back. Who was held back is counted from the day of the campaign, as those who got it.
dated_contacts as (

    select
        contacts.*,
        contacts.is_said_delivered
        or contacts.is_answered
        or (
            contacts.is_sent
            and not contacts.is_bounced
            and campaigns_that_say_who_got_them.campaign_id is null
        ) as is_delivered,
        coalesce(campaigns.channel, '(unknown)') as contact_channel,
        coalesce(campaigns.sent_at, contacts.contacted_at) as campaign_at,
        {{ local_date('coalesce(campaigns.sent_at, contacts.contacted_at)') }} as contact_date
    from contacts
    left join campaigns
        on contacts.campaign_id = campaigns.campaign_id
    left join campaigns_that_say_who_got_them
        on contacts.campaign_id = campaigns_that_say_who_got_them.campaign_id

),

-- What was ordered before the message is not owed to it. Midnight is a day without a time: then the
-- whole day counts.
purchases as (

    select
        dated_contacts.campaign_id,
        dated_contacts.customer_id,
        count(*) as orders,
        sum(orders.net_revenue_order_basis) as net_revenue,
        case
            when count(orders.contribution_order_basis) = count(*)
                then sum(orders.contribution_order_basis)
        end as contribution
    from dated_contacts
    inner join orders
        on
            dated_contacts.customer_id = orders.customer_id
            and orders.order_date >= dated_contacts.contact_date
            and (
                orders.ordered_at >= dated_contacts.campaign_at
                or orders.ordered_at = date_trunc('day', orders.ordered_at)
                or dated_contacts.campaign_at = date_trunc('day', dated_contacts.campaign_at)
            )
            and orders.order_date < dated_contacts.contact_date + {{ var('campaign_window_days') }}
    group by dated_contacts.campaign_id, dated_contacts.customer_id

)

select
    dated_contacts.campaign_id,
    dated_contacts.recipient_id,
    dated_contacts.customer_id,
    dated_contacts.contact_channel,
    dated_contacts.contact_date,
    dated_contacts.contact_date + {{ var('campaign_window_days') }} <= as_of.as_of as is_mature,
    case
        when dated_contacts.customer_id is null then '(unknown)'
        when not customers.identity_reliable then 'unreliable'
        when snapshots.segment is not null then snapshots.segment
        when customers.first_order_date < date_trunc('month', dated_contacts.contact_date)
            then 'out_of_window'
        else 'prospect'
    end as rfm_segment,
    dated_contacts.is_holdout,
    dated_contacts.is_sent,
    dated_contacts.is_delivered and not dated_contacts.is_holdout as is_delivered,
    dated_contacts.is_bounced,
    dated_contacts.is_opened,
    dated_contacts.is_clicked,
    dated_contacts.is_unsubscribed,
    dated_contacts.is_complaint,
    purchases.customer_id is not null as is_buyer,
    coalesce(purchases.orders, 0) as orders,
    cast(coalesce(purchases.net_revenue, 0) as decimal(18, 4)) as net_revenue,
    case
        when purchases.customer_id is null then 0
        else cast(purchases.contribution as decimal(18, 4))
    end as contribution
from dated_contacts
cross join as_of
left join purchases
    on
        dated_contacts.campaign_id = purchases.campaign_id
        and dated_contacts.customer_id = purchases.customer_id
left join customers
    on dated_contacts.customer_id = customers.customer_id
left join snapshots
    on
        dated_contacts.customer_id = snapshots.customer_id
        and date_trunc('month', dated_contacts.contact_date) = snapshots.as_of
where dated_contacts.contact_date < as_of.as_of
