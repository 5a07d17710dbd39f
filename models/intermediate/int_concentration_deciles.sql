with

curve as (

    select * from {{ ref('int_concentration_curve') }}

),

-- Decile k ends with customer ceil(n k / 10), best first.
decile_sums as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        10 * (position - 1) // customers + 1 as decile,
        count(*) as customers,
        sum(amount) as amount,
        max(total_amount) as total_amount
    from curve
    group by period_grain, period_start, channel, measure, 5

)

select
    period_grain,
    period_start,
    channel,
    measure,
    cast(decile as integer) as decile,
    customers,
    amount,
    sum(amount) over (
        partition by period_grain, period_start, channel, measure
        order by decile
    ) as cumulative_amount,
    total_amount
from decile_sums
