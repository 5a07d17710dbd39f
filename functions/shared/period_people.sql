{{ config(type='table') }}

with

periods as (

    select * from {{ function('report_periods') }}(start_date, end_date)

),

-- Nobody is read when nothing is asked for.
chosen as (

    select chosen.customer_id
    from {{ function('chosen_customers') }}({{ same_filters() }}) as chosen

),

bounded as (

    select
        customers.period,
        customers.customer_id
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}
    ) as customers
    where {{ asks_for_band() }} and not customers.is_anonymous

),

subscribers as (

    select
        periods.period,
        subscriptions.customer_id
    from {{ ref('int_subscriptions') }} as subscriptions
    inner join periods
        on
            subscriptions.paid_date <= periods.last_day
            and (
                subscriptions.cancelled_date is null
                or subscriptions.cancelled_date > periods.last_day
            )
    group by periods.period, subscriptions.customer_id

),

lapses as (

    select
        periods.period,
        events.customer_id,
        count(*) as lapses
    from {{ ref('fct_customer_lifecycle_events') }} as events
    inner join periods
        on events.event_date between periods.first_day and periods.last_day
    where events.event = 'lapsed'
    group by periods.period, events.customer_id

),

people as (

    select
        periods.period,
        least(customers.created_date, customers.first_order_date, payments.trial_date)
        between periods.first_day and periods.last_day as is_new,
        subscribers.customer_id is not null as is_recurring,
        coalesce(payments.paid_date <= periods.last_day, false) as has_paid,
        coalesce(payments.trial_date <= periods.last_day, false) as has_tried,
        coalesce(lapses.lapses, 0) as lapses
    from {{ ref('dim_customers') }} as customers
    cross join periods
    left join {{ ref('int_customer_payment_types') }} as payments
        on customers.customer_id = payments.customer_id
    left join subscribers
        on
            periods.period = subscribers.period
            and customers.customer_id = subscribers.customer_id
    left join lapses
        on
            periods.period = lapses.period
            and customers.customer_id = lapses.customer_id
    left join chosen
        on case when {{ asks_for_filters() }} then customers.customer_id end = chosen.customer_id
    left join bounded
        on
            periods.period = bounded.period
            and case when {{ asks_for_band() }} then customers.customer_id end = bounded.customer_id
    where
        (not {{ asks_for_filters() }} or chosen.customer_id is not null)
        and (not {{ asks_for_band() }} or bounded.customer_id is not null)

)

select
    people.period,
    count(*) filter (where people.is_new) as new_people,
    count(*) filter (where people.is_recurring) as customers_recurring,
    count(*) filter (where people.has_paid and not people.is_recurring) as customers_one_time,
    count(*) filter (where people.has_tried and not people.has_paid) as customers_trial,
    cast(sum(people.lapses) as bigint) as lapses
from people
group by people.period
