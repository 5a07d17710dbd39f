with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

mails as (

    select * from {{ ref('stg_campaign_events') }}

),

tickets as (

    select * from {{ ref('stg_support_tickets') }}

),

reviews as (

    select * from {{ ref('stg_reviews') }}

),

surveys as (

    select * from {{ ref('stg_surveys') }}

),

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

order_events as (

    select
        customer_id,
        ordered_at as event_at,
        order_date as event_date,
        case
            when is_valid then 'order'
            when order_class = 'valid' then 'order_zero_value'
            else 'order_' || order_class
        end as event_type,
        order_id as reference_id,
        status as detail,
        case when is_valid then revenue_before_refunds end as amount
    from orders
    where not is_anonymous

),

refund_events as (

    select
        customer_id,
        min(refunded_at) as event_at,
        min(refund_date) as event_date,
        'refund' as event_type,
        refund_id as reference_id,
        min(reason) as detail,
        -sum(refund_amount) as amount
    from refunds
    where not is_anonymous
    group by customer_id, refund_id

),

visit_events as (

    select
        customer_id,
        touched_at as event_at,
        touch_date as event_date,
        'visit' as event_type,
        session_id as reference_id,
        marketing_channel as detail,
        cast(null as decimal(18, 4)) as amount
    from touches
    where customer_id is not null

),

told_events as (

    select
        customer_id as source_customer_id,
        occurred_at as event_at,
        'mail_' || event_type as event_type,
        campaign_id as reference_id,
        campaign_id as detail
    from mails
    union all
    select
        customer_id as source_customer_id,
        created_at as event_at,
        'ticket' as event_type,
        ticket_id as reference_id,
        category as detail
    from tickets
    union all
    select
        customer_id as source_customer_id,
        created_at as event_at,
        'review' as event_type,
        review_id as reference_id,
        cast(score as varchar) as detail
    from reviews
    union all
    select
        customer_id as source_customer_id,
        responded_at as event_at,
        'survey' as event_type,
        response_id as reference_id,
        survey_type || ' ' || score as detail
    from surveys
    where responded_at is not null

),

-- A letter may be opened twice in a second, and two accounts of a person may get the same one.
named_events as (

    select
        identities.customer_id,
        told_events.event_at,
        {{ local_date('told_events.event_at') }} as event_date,
        told_events.event_type,
        told_events.reference_id,
        told_events.detail,
        cast(null as decimal(18, 4)) as amount,
        epoch_ms(told_events.event_at) || ':' || row_number() over (
            partition by
                identities.customer_id,
                told_events.event_type,
                told_events.reference_id,
                told_events.event_at
            order by told_events.detail
        ) as occasion
    from told_events
    cross join as_of
    inner join identities
        on told_events.source_customer_id = identities.source_customer_id
    where {{ local_date('told_events.event_at') }} < as_of.as_of

),

previous_segments as (

    select
        *,
        lag(segment) over (partition by customer_id order by as_of) as previous_segment
    from snapshots

),

-- The state on a day is that before its first hour: it belongs to the day before.
segment_events as (

    select
        customer_id,
        cast(as_of as timestamp) as event_at,
        as_of - 1 as event_date,
        'segment' as event_type,
        cast(as_of as varchar) as reference_id,
        coalesce(previous_segment || ' > ', '') || segment as detail,
        cast(null as decimal(18, 4)) as amount
    from previous_segments
    where segment is distinct from previous_segment

),

events as (

    select
        *,
        cast(null as varchar) as occasion
    from order_events
    union all
    select
        *,
        cast(null as varchar) as occasion
    from refund_events
    union all
    select
        *,
        cast(null as varchar) as occasion
    from visit_events
    union all
    select * from named_events
    union all
    select
        *,
        cast(null as varchar) as occasion
    from segment_events

)

-- An order, a refund, a visit happens once. Whose account is opened on or after as_of, and who has
-- bought nothing before, is no customer yet, though there were visits and mails.
select
    events.event_type || ':' || coalesce(events.reference_id, '') || ':' || events.customer_id
    || coalesce(':' || events.occasion, '') as event_id,
    events.customer_id,
    events.event_at,
    events.event_date,
    events.event_type,
    events.reference_id,
    events.detail,
    cast(events.amount as decimal(18, 4)) as amount
from events
inner join customers
    on events.customer_id = customers.customer_id
where events.event_at is not null
