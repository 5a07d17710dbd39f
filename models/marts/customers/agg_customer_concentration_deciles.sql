with

curve as (

    select * from {{ ref('int_concentration_curve') }}

),

periods as (

    select * from {{ ref('int_periods') }}

),

-- Decile k ends with customer ceil(n k / 10), best first.
customer_deciles as (

    select
        *,
        10 * (position - 1) // customers + 1 as decile
    from curve

),

decile_sums as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        decile,
        count(*) as customers,
        sum(amount) as amount,
        max(cumulative_amount) as cumulative_amount,
        max(total_amount) as total_amount
    from customer_deciles
    group by period_grain, period_start, channel, measure, decile

)

select
    decile_sums.period_grain,
    decile_sums.period_start,
    decile_sums.channel,
    decile_sums.measure,
    cast(decile_sums.decile as integer) as decile,
    periods.period_end,
    periods.is_complete,
    decile_sums.customers,
    decile_sums.amount,
    decile_sums.cumulative_amount,
    decile_sums.total_amount,
    {{ ratio('decile_sums.cumulative_amount', 'decile_sums.total_amount') }} as cumulative_share
from decile_sums
inner join periods
    on
        decile_sums.period_grain = periods.period_grain
        and decile_sums.period_start = periods.period_start
