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

)

-- Who had bought before was no lead any more. What the window will bring is not known before it is
-- over.
select
    dated_leads.lead_id,
    dated_leads.person_id as customer_id,
    dated_leads.lead_date,
    cast(date_trunc('month', dated_leads.lead_date) as date) as lead_month,
    coalesce(dated_leads.lead_source, '(unknown)') as lead_source,
    dated_leads.campaign as campaign_id,
    coalesce(dated_leads.region_id, '(unknown)') as region_id,
    coalesce(dated_leads.quality, '(unknown)') as quality,
    coalesce(first_orders.ordered_at < dated_leads.created_at, false) as is_existing_customer,
    case when first_orders.ordered_at >= dated_leads.created_at then first_orders.order_date end
        as converted_date,
    case
        when first_orders.ordered_at >= dated_leads.created_at
            then first_orders.order_date - dated_leads.lead_date
    end as days_to_conversion,
    {{ var('lead_window_days') }} as window_days,
    dated_leads.lead_date + {{ var('lead_window_days') }} < as_of.as_of as is_mature,
    case
        when dated_leads.lead_date + {{ var('lead_window_days') }} < as_of.as_of
            then coalesce(
                first_orders.ordered_at >= dated_leads.created_at
                and first_orders.order_date - dated_leads.lead_date
                <= {{ var('lead_window_days') }},
                false
            )
    end as is_converted
from dated_leads
cross join as_of
left join first_orders
    on dated_leads.person_id = first_orders.customer_id
where dated_leads.lead_date < as_of.as_of
