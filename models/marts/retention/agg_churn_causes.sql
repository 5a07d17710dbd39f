with

customer_months as (

    select * from {{ ref('int_customer_months') }}

),

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

),

source_orders as (

    select * from {{ ref('stg_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

feedback as (

    select * from {{ ref('int_feedback_events') }}

),

months as (

    select * from {{ ref('int_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_orders_of_days as (

    select
        customer_id,
        order_date,
        arg_max(order_id, order_number) as order_id
    from orders
    group by customer_id, order_date

),

-- Both kinds of customers are judged by the last order before the month.
outcomes as (

    select
        customer_months.customer_id,
        customer_months.month,
        customer_months.as_of,
        not customer_months.is_active_end as is_lapsed,
        last_orders_of_days.order_id,
        last_orders_of_days.order_date
    from customer_months
    asof inner join last_orders_of_days
        on
            customer_months.customer_id = last_orders_of_days.customer_id
            and customer_months.month > last_orders_of_days.order_date
    where customer_months.is_active_start

),

-- A parcel that came on or after as_of is not seen to have come.
deliveries as (

    select
        source_orders.order_id,
        source_orders.delivered_at > source_orders.promised_at as is_late
    from source_orders
    cross join as_of
    where
        {{ local_date('source_orders.delivered_at') }} < as_of.as_of
        and source_orders.promised_at is not null

),

order_refunds as (

    select
        order_id,
        min(refund_date) as refund_date
    from refunds
    where has_order
    group by order_id

),

tickets as (

    select
        outcomes.customer_id,
        outcomes.month
    from outcomes
    inner join feedback
        on
            outcomes.customer_id = feedback.customer_id
            and outcomes.order_date <= feedback.event_date
            and outcomes.order_date + {{ var('churn_cause_days') }} >= feedback.event_date
            and outcomes.as_of > feedback.event_date
    where feedback.feedback_type = 'ticket'
    group by outcomes.customer_id, outcomes.month

),

answers as (

    select
        outcomes.customer_id,
        outcomes.month,
        arg_max(feedback.score, (feedback.occurred_at, feedback.feedback_id)) as score
    from outcomes
    inner join feedback
        on
            outcomes.customer_id = feedback.customer_id
            and outcomes.order_date + {{ var('churn_cause_days') }} >= feedback.event_date
            and outcomes.as_of > feedback.event_date
    where feedback.feedback_type = 'nps' and feedback.is_scored
    group by outcomes.customer_id, outcomes.month

),

marked_outcomes as (

    select
        outcomes.month,
        outcomes.is_lapsed,
        deliveries.is_late as late_delivery,
        coalesce(
            order_refunds.refund_date < outcomes.as_of
            and order_refunds.refund_date
            <= outcomes.order_date + {{ var('churn_cause_days') }},
            false
        ) as refund,
        tickets.customer_id is not null as ticket,
        answers.score <= 6 as nps_detractor
    from outcomes
    left join deliveries
        on outcomes.order_id = deliveries.order_id
    left join order_refunds
        on outcomes.order_id = order_refunds.order_id
    left join tickets
        on
            outcomes.customer_id = tickets.customer_id
            and outcomes.month = tickets.month
    left join answers
        on
            outcomes.customer_id = answers.customer_id
            and outcomes.month = answers.month

),

causes as (

    select
        month,
        is_lapsed,
        'late_delivery' as cause,
        late_delivery as has_cause
    from marked_outcomes
    union all
    select
        month,
        is_lapsed,
        'refund' as cause,
        refund as has_cause
    from marked_outcomes
    union all
    select
        month,
        is_lapsed,
        'ticket' as cause,
        ticket as has_cause
    from marked_outcomes
    union all
    select
        month,
        is_lapsed,
        'nps_detractor' as cause,
        nps_detractor as has_cause
    from marked_outcomes

),

-- Who is not known to have or not to have it (no answer, no promised day) is in neither side.
cause_counts as (

    select
        month,
        cause,
        count(*) filter (where is_lapsed) as lapsed_known,
        count(*) filter (where is_lapsed and has_cause) as lapsed_with_cause,
        count(*) filter (where not is_lapsed) as retained_known,
        count(*) filter (where not is_lapsed and has_cause) as retained_with_cause
    from causes
    where has_cause is not null
    group by month, cause

),

cause_names as (

    select unnest(['late_delivery', 'refund', 'ticket', 'nps_detractor']) as cause

)

select
    months.month,
    cause_names.cause,
    months.is_complete,
    coalesce(cause_counts.lapsed_known, 0) as lapsed_customers,
    coalesce(cause_counts.lapsed_with_cause, 0) as lapsed_with_cause,
    {{ ratio('cause_counts.lapsed_with_cause', 'cause_counts.lapsed_known') }} as lapsed_rate,
    coalesce(cause_counts.retained_known, 0) as retained_customers,
    coalesce(cause_counts.retained_with_cause, 0) as retained_with_cause,
    {{ ratio('cause_counts.retained_with_cause', 'cause_counts.retained_known') }}
        as retained_rate,
    {{ ratio('cause_counts.lapsed_with_cause', 'cause_counts.lapsed_known') }}
    - {{ ratio('cause_counts.retained_with_cause', 'cause_counts.retained_known') }}
        as rate_difference,
    least(coalesce(cause_counts.lapsed_known, 0), coalesce(cause_counts.retained_known, 0))
    < {{ var('low_n_threshold') }} as is_low_n
from months
cross join cause_names
left join cause_counts
    on
        months.month = cause_counts.month
        and cause_names.cause = cause_counts.cause
