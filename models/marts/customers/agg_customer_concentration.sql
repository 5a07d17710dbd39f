with

curve as (

    select * from {{ ref('int_concentration_curve') }}

),

deciles as (

    select * from {{ ref('int_concentration_deciles') }}

),

periods as (

    select * from {{ ref('int_periods') }}

),

-- Four fifths of the money are reached in one of the ten steps; only its customers are added up one by one.
reaching_deciles as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        min(decile) as decile,
        min(cumulative_amount - amount) as amount_before
    from deciles
    where total_amount > 0 and 5 * cumulative_amount >= 4 * total_amount
    group by period_grain, period_start, channel, measure

),

reaching_customers as (

    select
        curve.period_grain,
        curve.period_start,
        curve.channel,
        curve.measure,
        curve.position,
        curve.total_amount,
        reaching_deciles.amount_before + sum(curve.amount) over (
            partition by curve.period_grain, curve.period_start, curve.channel, curve.measure
            order by curve.position
        ) as cumulative_amount
    from curve
    inner join reaching_deciles
        on
            curve.period_grain = reaching_deciles.period_grain
            and curve.period_start = reaching_deciles.period_start
            and curve.channel = reaching_deciles.channel
            and curve.measure = reaching_deciles.measure
            and 10 * (curve.position - 1) // curve.customers + 1 = reaching_deciles.decile

),

reaching_positions as (

    select
        period_grain,
        period_start,
        channel,
        measure,
        min(position) as customers_for_80
    from reaching_customers
    where 5 * cumulative_amount >= 4 * total_amount
    group by period_grain, period_start, channel, measure

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
    reaching_positions.customers_for_80,
    {{ ratio('reaching_positions.customers_for_80', 'summarised_curves.customers') }}
        as customers_for_80_share,
    summarised_curves.gini_numerator,
    summarised_curves.gini_denominator,
    {{ ratio('summarised_curves.gini_numerator', 'summarised_curves.gini_denominator') }} as gini
from summarised_curves
inner join periods
    on
        summarised_curves.period_grain = periods.period_grain
        and summarised_curves.period_start = periods.period_start
left join reaching_positions
    on
        summarised_curves.period_grain = reaching_positions.period_grain
        and summarised_curves.period_start = reaching_positions.period_start
        and summarised_curves.channel = reaching_positions.channel
        and summarised_curves.measure = reaching_positions.measure
