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

-- Sorting amounts alone, list by list, costs a fifth of numbering rows; equal amounts need no order.
sorted_amounts as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        count(*) as customers,
        cast(sum(greatest(amount, 0)) as decimal(18, 4)) as total_amount,
        list_reverse_sort(list(amount)) as amounts
    from measured_customers
    group by period_grain, period_start, channel, measure

),

positions as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        customers,
        total_amount,
        unnest(amounts) as amount,
        generate_subscripts(amounts, 1) as position
    from sorted_amounts

)

-- A curve cannot fall: who gave back more than he bought stands at 0, and the sum cut off is kept.
select
    period_grain,
    period_start,
    channel,
    measure,
    position,
    cast(greatest(amount, 0) as decimal(18, 4)) as amount,
    cast(least(amount, 0) as decimal(18, 4)) as floored_amount,
    customers,
    total_amount
from positions
