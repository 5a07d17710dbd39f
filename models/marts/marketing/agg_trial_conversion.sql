with

orders as (

    select *
    from {{ ref('fct_orders') }}
    where not is_anonymous

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

order_months as (

    select * from {{ ref('int_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A subscription's trial is converted by its own first payment.
subscription_trials as (

    select
        customer_id,
        started_date as trial_date,
        paid_date
    from subscriptions
    where has_trial

),

first_trials as (

    select
        customer_id,
        min(order_date) as trial_date
    from orders
    where is_trial
    group by customer_id

),

first_payments as (

    select
        customer_id,
        min(order_date) as paid_date
    from orders
    where is_valid and not coalesce(is_trial, false)
    group by customer_id

),

-- Who had paid before tried nothing new. The order of somebody who subscribed on trial is that
-- subscription's first box, and no second trial.
order_trials as (

    select
        first_trials.trial_date,
        first_payments.paid_date
    from first_trials
    left join first_payments
        on first_trials.customer_id = first_payments.customer_id
    where
        coalesce(first_payments.paid_date >= first_trials.trial_date, true)
        and first_trials.customer_id not in (select customer_id from subscription_trials)

),

all_trials as (

    select
        trial_date,
        paid_date
    from subscription_trials
    union all
    select * from order_trials

),

trials as (

    select
        cast(date_trunc('month', all_trials.trial_date) as date) as month,
        all_trials.trial_date + {{ var('trial_window_days') }} < as_of.as_of as is_mature,
        coalesce(
            all_trials.paid_date <= all_trials.trial_date + {{ var('trial_window_days') }}, false
        ) as is_converted
    from all_trials
    cross join as_of

),

-- Trials may begin before the shop's first order.
first_months as (

    select min(month) as month from order_months
    union all
    select min(month) as month from trials

),

months as (

    select {{ months_since('first_months.month') }} as month
    from first_months
    cross join as_of

),

trial_counts as (

    select
        month,
        count(*) as trials,
        count(*) filter (where is_mature) as mature_trials,
        count(*) filter (where is_mature and is_converted) as converted_trials
    from trials
    group by month

)

select
    months.month,
    last_day(months.month) + {{ var('trial_window_days') }} < as_of.as_of as is_complete,
    coalesce(trial_counts.trials, 0) as trials,
    coalesce(trial_counts.mature_trials, 0) as mature_trials,
    coalesce(trial_counts.converted_trials, 0) as converted_trials,
    {{ ratio('trial_counts.converted_trials', 'trial_counts.mature_trials') }} as trial_to_paid_rate
from months
cross join as_of
left join trial_counts
    on months.month = trial_counts.month
