with

orders as (

    select *
    from {{ ref('fct_orders') }}
    where not is_anonymous

),

subscriptions as (

    select * from {{ ref('stg_subscriptions') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- What is dated on or after as_of is not seen: a later end leaves the subscription running.
seen_subscriptions as (

    select
        identities.customer_id,
        {{ local_date('subscriptions.first_paid_at') }} < as_of.as_of as is_paid,
        coalesce({{ local_date('subscriptions.cancelled_at') }} < as_of.as_of, false)
            as is_cancelled
    from subscriptions
    inner join identities
        on subscriptions.customer_id = identities.source_customer_id
    cross join as_of
    where {{ local_date('subscriptions.started_at') }} < as_of.as_of

),

signs as (

    select
        customer_id,
        count(*) filter (where is_valid) as paid_orders,
        bool_or(is_trial) as has_trial,
        false as has_paid_subscription,
        false as is_recurring
    from orders
    group by customer_id
    union all
    select
        customer_id,
        0 as paid_orders,
        bool_or(not coalesce(is_paid, false)) as has_trial,
        bool_or(coalesce(is_paid, false)) as has_paid_subscription,
        bool_or(coalesce(is_paid, false) and not is_cancelled) as is_recurring
    from seen_subscriptions
    group by customer_id

),

people as (

    select
        customer_id,
        sum(paid_orders) as paid_orders,
        bool_or(coalesce(has_trial, false)) as has_trial,
        bool_or(has_paid_subscription) as has_paid_subscription,
        bool_or(is_recurring) as is_recurring
    from signs
    group by customer_id

)

select
    customer_id,
    case
        when is_recurring then 'recurring'
        when paid_orders > 1 then 'paid_repeat'
        when paid_orders = 1 or has_paid_subscription then 'paid_once'
        when has_trial then 'trial'
        else 'none'
    end as payment_type,
    has_trial
from people
