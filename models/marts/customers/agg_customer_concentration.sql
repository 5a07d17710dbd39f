with

curve as (

    select * from {{ ref('int_concentration_curve') }}

),

periods as (

    select * from {{ ref('int_periods') }}

),

-- The first fifth is ceil(n / 5) customers. The Gini coefficient of x sorted upwards is
-- (2 sum(i x) - (n + 1) sum(x)) / (n sum(x)), and i = n + 1 - position.
summarised_curves as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        count(*) as customers,
        sum(amount) as total_amount,
        count(*) filter (where floored_amount < 0) as floored_customers,
        sum(floored_amount) as floored_amount,
        count(*) filter (where 5 * (position - 1) < customers) as top20_customers,
        sum(amount) filter (where 5 * (position - 1) < customers) as top20_amount,
        min(amount) filter (where 5 * (position - 1) < customers) as top20_threshold_amount,
        min(position) filter (where 5 * cumulative_amount >= 4 * total_amount and total_amount > 0)
            as customers_for_80,
        sum(amount * (customers + 1 - 2 * position)) as gini_numerator,
        sum(amount) * count(*) as gini_denominator
    from curve
    group by period_grain, period_start, channel, measure

)

select
    summarised_curves.period_grain,
    summarised_curves.period_start,
    summarised_curves.channel,
    summarised_curves.measure,
    periods.period_end,
    periods.is_complete,
    summarised_curves.customers,
    summarised_curves.total_amount,
    summarised_curves.floored_customers,
    summarised_curves.floored_amount,
    summarised_curves.top20_customers,
    summarised_curves.top20_amount,
    summarised_curves.top20_threshold_amount,
    {{ ratio('summarised_curves.top20_amount', 'summarised_curves.total_amount') }} as top20_share,
    summarised_curves.customers_for_80,
    {{ ratio('summarised_curves.customers_for_80', 'summarised_curves.customers') }}
        as customers_for_80_share,
    summarised_curves.gini_numerator,
    summarised_curves.gini_denominator,
    {{ ratio('summarised_curves.gini_numerator', 'summarised_curves.gini_denominator') }} as gini
from summarised_curves
inner join periods
    on
        summarised_curves.period_grain = periods.period_grain
        and summarised_curves.period_start = periods.period_start
