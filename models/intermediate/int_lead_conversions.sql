with

leads as (

    select * from {{ ref('stg_leads') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

first_orders as (

    select
        customer_id,
        ordered_at,
        order_date
    from orders
    where is_new

),

dated_leads as (

    select
        leads.*,
        {{ local_date('leads.created_at') }} as lead_date,
        identities.customer_id as person_id
    from leads
    left join identities
        on leads.customer_id = identities.source_customer_id

),

-- Where the lead's customer is not known, the source's own word stands for the order.
bought_leads as (

    select
        dated_leads.*,
        case
            when dated_leads.person_id is not null then first_orders.ordered_at
            when {{ local_date('dated_leads.converted_at') }} < as_of.as_of
                then dated_leads.converted_at
        end as bought_at,
        case
            when dated_leads.person_id is not null then first_orders.order_date
            when {{ local_date('dated_leads.converted_at') }} < as_of.as_of
                then {{ local_date('dated_leads.converted_at') }}
        end as bought_date
    from dated_leads
    cross join as_of
    left join first_orders
        on dated_leads.person_id = first_orders.customer_id

),

-- Midnight is a day without a time: an order of the lead's own day then came after it.
followed_leads as (

    select
        *,
        coalesce(
            bought_at >= created_at
            or (bought_date = lead_date and bought_at = date_trunc('day', bought_at)),
            false
        ) as is_followed
    from bought_leads

)

-- Who had bought before was no lead any more. What the window will bring is not known before it is
-- over.
select
    followed_leads.lead_id,
    followed_leads.person_id as customer_id,
    followed_leads.lead_date,
    cast(date_trunc('month', followed_leads.lead_date) as date) as lead_month,
    coalesce(followed_leads.lead_source, '(unknown)') as lead_source,
    followed_leads.campaign as campaign_id,
    coalesce(followed_leads.region_id, '(unknown)') as region_id,
    coalesce(followed_leads.quality, '(unknown)') as quality,
    followed_leads.bought_date is not null and not followed_leads.is_followed
        as is_existing_customer,
    case when followed_leads.is_followed then followed_leads.bought_date end
        as converted_date,
    case
        when followed_leads.is_followed
            then followed_leads.bought_date - followed_leads.lead_date
    end as days_to_conversion,
    {{ var('lead_window_days') }} as window_days,
    followed_leads.lead_date + {{ var('lead_window_days') }} < as_of.as_of as is_mature,
    case
        when followed_leads.lead_date + {{ var('lead_window_days') }} < as_of.as_of
            then followed_leads.is_followed
                and followed_leads.bought_date - followed_leads.lead_date
                <= {{ var('lead_window_days') }}
    end as is_converted
from followed_leads
cross join as_of
where followed_leads.lead_date < as_of.as_of
