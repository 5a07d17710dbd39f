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
        gross_revenue as amount
    from customer_periods
    union all
    select
        period_grain,
        period_start,
        channel,
        'net_revenue' as measure,
        net_revenue as amount
    from customer_periods

),

totals as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        count(*) as customers,
        cast(sum(greatest(amount, 0)) as decimal(18, 4)) as total_amount
    from measured_customers
    group by period_grain, period_start, channel, measure

),

-- Lists of all amounts, sorted, cost half of this, and do not fit into a gigabyte at a million customers.
positions as (

    select
        measured_customers.*,
        row_number() over (
            partition by period_grain, period_start, channel, measure order by amount desc
        ) as position
    from measured_customers

)

-- A curve cannot fall: who gave back more than he bought stands at 0, and the sum cut off is kept.
select
    positions.period_grain,
    positions.period_start,
    positions.channel,
    positions.measure,
    positions.position,
    cast(greatest(positions.amount, 0) as decimal(18, 4)) as amount,
    cast(least(positions.amount, 0) as decimal(18, 4)) as floored_amount,
    totals.customers,
    totals.total_amount
from positions
inner join totals
    on
        positions.period_grain = totals.period_grain
        and positions.period_start = totals.period_start
        and positions.channel = totals.channel
        and positions.measure = totals.measure
