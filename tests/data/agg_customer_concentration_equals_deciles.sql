-- The curve's tenths sum to the summary, and the curve ends at everything.
with

deciles as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        sum(customers) as customers,
        sum(amount) as amount,
        max(cumulative_amount) as cumulative_amount
    from {{ ref('agg_customer_concentration_deciles') }}
    group by period_grain, period_start, channel, measure

)

select
    summary.period_grain,
    summary.period_start,
    summary.channel,
    summary.measure
from {{ ref('agg_customer_concentration') }} as summary
left join deciles
    on
        summary.period_grain = deciles.period_grain
        and summary.period_start = deciles.period_start
        and summary.channel = deciles.channel
        and summary.measure = deciles.measure
where
    summary.customers is distinct from deciles.customers
    or summary.total_amount is distinct from deciles.amount
    or summary.total_amount is distinct from deciles.cumulative_amount
    or summary.top20_amount > summary.total_amount
    or summary.gini < 0
    or summary.gini >= 1
