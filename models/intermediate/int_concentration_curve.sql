with

customer_periods as (

    select *
    from {{ ref('int_customer_periods') }}
    where orders > 0 and customer_id <> '(anonymous)'

),

measured_customers as (

    select
        period_grain,
        period_start,
        channel,
        'gross_revenue' as measure,
        customer_id,
        gross_revenue as amount
    from customer_periods
    union all
    select
        period_grain,
        period_start,
        channel,
        'net_revenue' as measure,
        customer_id,
        net_revenue as amount
    from customer_periods

),

-- A curve cannot fall: who gave back more than he bought stands at 0, and the sum cut off is kept.
floored_customers as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        customer_id,
        cast(greatest(amount, 0) as decimal(18, 4)) as amount,
        cast(least(amount, 0) as decimal(18, 4)) as floored_amount
    from measured_customers

)

select
    period_grain,
    period_start,
    channel,
    measure,
    customer_id,
    amount,
    floored_amount,
    row_number() over best_first as position,
    sum(amount) over best_first as cumulative_amount,
    count(*) over everybody as customers,
    sum(amount) over everybody as total_amount
from floored_customers
window
    everybody as (partition by period_grain, period_start, channel, measure),
    best_first as (
        partition by period_grain, period_start, channel, measure
        order by amount desc, customer_id
        rows between unbounded preceding and current row
    )
