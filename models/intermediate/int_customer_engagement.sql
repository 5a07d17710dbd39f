with

touches as (

    select *
    from {{ ref('int_touches') }}
    where customer_id is not null

),

mails as (

    select * from {{ ref('stg_campaign_events') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

first_orders as (

    select
        customer_id,
        ordered_at
    from {{ ref('fct_orders') }}
    where is_new and not is_anonymous

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

visits as (

    select
        touches.customer_id,
        max(touches.touch_date) as last_visit_date,
        count(*) filter (where touches.touch_date >= as_of.as_of - 30) as visits_30d,
        count(*) filter (where touches.touch_date >= as_of.as_of - 90) as visits_90d,
        count(*) filter (where touches.touched_at <= first_orders.ordered_at)
            as sessions_to_purchase
    from touches
    cross join as_of
    left join first_orders
        on touches.customer_id = first_orders.customer_id
    group by touches.customer_id

),

-- A letter that two accounts of a person got, or that was opened twice, counts once.
letters as (

    select
        identities.customer_id,
        mails.campaign_id,
        bool_or(mails.event_type = 'delivered') as is_delivered,
        bool_or(mails.event_type = 'clicked') as is_clicked
    from mails
    cross join as_of
    inner join identities
        on mails.customer_id = identities.source_customer_id
    where
        {{ local_date('mails.occurred_at') }} < as_of.as_of
        and {{ local_date('mails.occurred_at') }} >= as_of.as_of - 90
        and mails.event_type in ('delivered', 'clicked')
    group by identities.customer_id, mails.campaign_id

),

letter_sums as (

    select
        customer_id,
        count(*) filter (where is_delivered) as mails_90d,
        count(*) filter (where is_clicked) as mail_clicks_90d
    from letters
    group by customer_id

),

people as (

    select customer_id from visits
    union
    select customer_id from letter_sums

)

select
    people.customer_id,
    visits.last_visit_date,
    coalesce(visits.visits_30d, 0) as visits_30d,
    coalesce(visits.visits_90d, 0) as visits_90d,
    nullif(visits.sessions_to_purchase, 0) as sessions_to_purchase,
    coalesce(letter_sums.mails_90d, 0) as mails_90d,
    coalesce(letter_sums.mail_clicks_90d, 0) as mail_clicks_90d
from people
left join visits
    on people.customer_id = visits.customer_id
left join letter_sums
    on people.customer_id = letter_sums.customer_id
