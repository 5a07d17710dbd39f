-- Everything that customers said or asked, one row each, with what the reports count of it.
with

surveys as (

    select * from {{ ref('stg_surveys') }}

),

reviews as (

    select * from {{ ref('stg_reviews') }}

),

comments as (

    select * from {{ ref('stg_social_comments') }}

),

tickets as (

    select * from {{ ref('stg_support_tickets') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Who gave a score has answered; without a time of its own the answer has the invitation's.
answers as (

    select
        survey_type || ':' || response_id as feedback_id,
        survey_type as feedback_type,
        source,
        customer_id as source_customer_id,
        order_id,
        cast(null as varchar) as product_id,
        cast(null as varchar) as network,
        cast(null as varchar) as team,
        cast(null as varchar) as category,
        wave,
        coalesce(responded_at, sent_at) as occurred_at,
        score,
        cast(null as varchar) as sentiment,
        nullif(trim(comment), '') is not null as has_text,
        cast(null as boolean) as is_verified,
        cast(null as double) as first_response_hours,
        cast(null as double) as resolution_hours,
        cast(null as boolean) as is_resolved
    from surveys
    where responded_at is not null or score is not null

),

-- A review may come once for each order that it is about: each of these counts. So does each that
-- has no id.
known_reviews as (

    {{ identified_reviews('reviews') }}

),

ratings as (

    select
        feedback_id,
        'review' as feedback_type,
        source,
        customer_id as source_customer_id,
        order_id,
        product_id,
        cast(null as varchar) as network,
        cast(null as varchar) as team,
        cast(null as varchar) as category,
        cast(null as varchar) as wave,
        created_at as occurred_at,
        score,
        cast(null as varchar) as sentiment,
        coalesce(nullif(trim(title), ''), nullif(trim(body), '')) is not null as has_text,
        is_verified,
        cast(null as double) as first_response_hours,
        cast(null as double) as resolution_hours,
        cast(null as boolean) as is_resolved
    from known_reviews

),

mentions as (

    select
        'social:' || comment_id as feedback_id,
        'social' as feedback_type,
        source,
        customer_id as source_customer_id,
        cast(null as varchar) as order_id,
        product_id,
        coalesce(network, '(unknown)') as network,
        cast(null as varchar) as team,
        cast(null as varchar) as category,
        cast(null as varchar) as wave,
        created_at as occurred_at,
        cast(null as integer) as score,
        coalesce(lower(trim(sentiment)), '(unknown)') as sentiment,
        nullif(trim(body), '') is not null as has_text,
        cast(null as boolean) as is_verified,
        cast(null as double) as first_response_hours,
        cast(null as double) as resolution_hours,
        cast(null as boolean) as is_resolved
    from comments

),

-- What came on or after as_of is not seen: the ticket is open.
requests as (

    select
        'ticket:' || ticket_id as feedback_id,
        'ticket' as feedback_type,
        source,
        customer_id as source_customer_id,
        order_id,
        cast(null as varchar) as product_id,
        cast(null as varchar) as network,
        coalesce(team, '(unknown)') as team,
        coalesce(category, '(unknown)') as category,
        cast(null as varchar) as wave,
        created_at as occurred_at,
        csat as score,
        cast(null as varchar) as sentiment,
        false as has_text,
        cast(null as boolean) as is_verified,
        case
            when {{ local_date('first_response_at') }} < as_of.as_of
                then date_diff('second', created_at, first_response_at) / 3600.0
        end as first_response_hours,
        case
            when {{ local_date('resolved_at') }} < as_of.as_of
                then date_diff('second', created_at, resolved_at) / 3600.0
        end as resolution_hours,
        coalesce({{ local_date('resolved_at') }} < as_of.as_of, false) as is_resolved
    from tickets
    cross join as_of

),

events as (

    select * from answers
    union all
    select * from ratings
    union all
    select * from mentions
    union all
    select * from requests

),

people as (

    select * from {{ ref('int_customer_identity') }}

),

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

-- Who answered: the account named, else the customer of the order.
known_events as (

    select
        events.*,
        coalesce(people.customer_id, orders.customer_id) as customer_id,
        coalesce(orders.channel, '(unknown)') as channel,
        {{ local_date('events.occurred_at') }} as event_date,
        case events.feedback_type
            when 'nps' then events.score between 0 and 10
            when 'ces' then events.score between 1 and 7
            when 'csat' then events.score between 1 and 5
            when 'review' then events.score between 1 and 5
            when 'ticket' then events.score between 1 and 5
        end as is_scored
    from events
    left join people
        on events.source_customer_id = people.source_customer_id
    left join orders
        on events.order_id = orders.order_id

),

waves as (

    select
        known_events.*,
        cast(date_trunc('month', event_date) as date) as month,
        case
            when feedback_type in ('nps', 'csat', 'ces')
                then coalesce(wave, year(event_date) || '-q' || quarter(event_date))
        end as survey_wave
    from known_events
    cross join as_of
    where event_date < as_of.as_of

),

-- Of several answers of one person in one wave the last is counted.
ranked as (

    select
        *,
        row_number() over (
            partition by feedback_type, survey_wave, coalesce(customer_id, feedback_id)
            order by coalesce(is_scored, false) desc, occurred_at desc, feedback_id desc
        ) as answer_number
    from waves

)

select
    feedback_id,
    feedback_type,
    source,
    customer_id,
    order_id,
    product_id,
    channel,
    network,
    team,
    category,
    survey_wave,
    occurred_at,
    event_date,
    month,
    score,
    coalesce(is_scored, false) as is_scored,
    coalesce(is_scored, false)
    and (survey_wave is null or answer_number = 1) as is_counted,
    sentiment,
    has_text,
    is_verified,
    first_response_hours,
    resolution_hours,
    is_resolved
from ranked
