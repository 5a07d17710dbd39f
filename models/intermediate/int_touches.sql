with

sessions as (

    select * from {{ ref('stg_sessions') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

channels as (

    select * from {{ ref('marketing_channels') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A login on as_of or later does not tell yet whose device it is.
named_sessions as (

    select
        sessions.*,
        {{ local_date('sessions.started_at') }} as touch_date,
        identities.customer_id as person_id
    from sessions
    cross join as_of
    left join identities
        on sessions.customer_id = identities.source_customer_id
    where {{ local_date('sessions.started_at') }} < as_of.as_of

),

-- A device that one customer logs in on is that customer's before the login too.
visitors as (

    select
        visitor_id,
        min(person_id) as person_id
    from named_sessions
    where visitor_id is not null and person_id is not null
    group by visitor_id
    having min(person_id) = max(person_id)

)

select
    named_sessions.session_id,
    coalesce(named_sessions.person_id, visitors.person_id) as customer_id,
    named_sessions.started_at as touched_at,
    named_sessions.touch_date,
    coalesce(
        channels.marketing_channel,
        nullif(lower(trim(named_sessions.utm_medium)), ''),
        nullif(lower(trim(named_sessions.utm_source)), ''),
        'direct'
    ) as marketing_channel,
    named_sessions.utm_campaign as campaign_id,
    coalesce(named_sessions.device, '(unknown)') as device
from named_sessions
left join visitors
    on named_sessions.visitor_id = visitors.visitor_id
left join channels
    on lower(trim(named_sessions.utm_medium)) = channels.medium
where not coalesce(named_sessions.is_bot, false)
