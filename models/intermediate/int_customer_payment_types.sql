with

orders as (

    select *
    from {{ ref('fct_orders') }}
    where not is_anonymous

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

signs as (

    select
        customer_id,
        count(*) filter (where is_valid) as paid_orders,
        min(order_date) filter (where is_valid) as paid_date,
        min(order_date) filter (where is_trial) as trial_date,
        false as is_recurring
    from orders
    group by customer_id
    union all
    select
        customer_id,
        0 as paid_orders,
        min(paid_date) as paid_date,
        min(started_date) filter (where paid_date is null or started_date < paid_date)
            as trial_date,
        bool_or(paid_date is not null and cancelled_date is null) as is_recurring
    from subscriptions
    group by customer_id

),

people as (

    select
        customer_id,
        sum(paid_orders) as paid_orders,
        min(paid_date) as paid_date,
        min(trial_date) as trial_date,
        bool_or(is_recurring) as is_recurring
    from signs
    group by customer_id

)

select
    customer_id,
    case
        when is_recurring then 'recurring'
        when paid_orders > 1 then 'paid_repeat'
        when paid_date is not null then 'paid_once'
        when trial_date is not null then 'trial'
        else 'none'
    end as payment_type,
    trial_date,
    paid_date
from people
