with

parameters as (

    select * from {{ ref('int_clv_parameters') }}

),

histories as (

    select * from {{ ref('int_clv_histories') }}

),

expectations as (

    select *
    from {{ ref('int_clv_expectations') }}
    where period = 'calibration'

),

totals as (

    select *
    from {{ ref('int_customer_totals') }}
    where orders > 0

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

seen_histories as (

    select
        x,
        last_day / 7 as t_x,
        seen_days / 7 as t,
        case
            when x > 0 and repeat_revenue > 0 then cast(repeat_revenue as double) / x
        end as m
    from histories
    where period = 'all'

),

-- Where all came back as often, or spent alike but for rounding, there is nothing to correlate.
shop as (

    select
        count(*) as customers,
        count(*) filter (where x = 0) as one_time_customers,
        count(m) as value_customers,
        case
            when
                stddev_pop(x) filter (where m is not null) > 0
                and stddev_pop(m) > 1e-9 * avg(m)
                then round(corr(x, m), 9)
        end as frequency_value_correlation
    from seen_histories

),

-- What a customer leaves of the revenue before refunds: contribution where the costs of 95 % of it
-- are known, else net revenue.
margins as (

    select
        sum(gross_revenue - discount_amount) as revenue,
        sum(net_revenue) as net_revenue,
        sum(gross_revenue - discount_amount) filter (where contribution is not null)
            as costed_revenue,
        sum(contribution) as contribution
    from totals

),

rates as (

    select
        case when costed_revenue * 100 >= revenue * 95 then 'contribution' else 'net_revenue' end
            as value_basis,
        case
            when costed_revenue * 100 >= revenue * 95
                then {{ ratio('contribution', 'costed_revenue') }}
            else {{ ratio('net_revenue', 'revenue') }}
        end as margin_rate
    from margins

),

-- Customers with equal histories are counted once.
counted_histories as (

    select
        x,
        t_x,
        t,
        count(*) as customers
    from seen_histories
    group by x, t_x, t

),

odds as (

    select
        parameters.*,
        counted_histories.x,
        counted_histories.t,
        counted_histories.customers,
        {{ btyd_log_odds_left(
            'parameters.model', 'r', 'alpha', 'a', 'b', 'x', 't_x', 't'
        ) }} as log_odds_left
    from parameters
    cross join counted_histories
    where parameters.period = 'all' and parameters.r is not null

),

purchase_likelihoods as (

    select
        model,
        {{ exact_sum(
            'customers * (' ~ btyd_log_likelihood(
                'model', 'r', 'alpha', 'a', 'b', 'x', 't', 'log_odds_left'
            ) ~ ')'
        ) }} as log_likelihood
    from odds
    group by model

),

value_likelihoods as (

    select
        parameters.model,
        {{ exact_sum(gamma_gamma_log_likelihood('p', 'q', 'v', 'x', 'm')) }} as log_likelihood
    from parameters
    cross join seen_histories
    where parameters.period = 'all' and parameters.p is not null and seen_histories.m is not null
    group by parameters.model

),

-- The days held back, as the model would have foretold them.
forecasts as (

    select
        parameters.model,
        histories.later_orders,
        histories.later_revenue,
        expectations.orders_if_alive
        / (
            1 + exp({{ btyd_log_odds_left(
                'parameters.model', 'r', 'alpha', 'a', 'b', 'histories.x',
                '(histories.last_day / 7)', '(histories.seen_days / 7)'
            ) }})
        ) as expected_orders,
        {{ gamma_gamma_mean('p', 'q', 'v', 'histories.x', 'histories.repeat_revenue') }} as expected_value
    from histories
    inner join parameters
        on histories.period = parameters.period
    inner join expectations
        on
            parameters.model = expectations.model
            and histories.x = expectations.x
            and histories.seen_days = expectations.seen_days
    where histories.period = 'calibration' and parameters.r is not null

),

-- Where somebody's value is infinite there is no sum to compare.
back_tests as (

    select
        model,
        count(*) as customers,
        cast(sum(later_orders) as bigint) as actual_orders,
        {{ exact_sum('expected_orders') }} as expected_orders,
        {{ exact_sum('abs(expected_orders - later_orders)') }} as absolute_error,
        cast(sum(later_revenue) as decimal(18, 4)) as actual_revenue,
        case
            when count(expected_value) = count(*)
                then {{ exact_sum('expected_orders * expected_value') }}
        end as expected_revenue
    from forecasts
    group by model

),

runs as (

    select
        parameters.*,
        as_of.as_of,
        shop.customers,
        shop.one_time_customers,
        shop.value_customers,
        shop.frequency_value_correlation,
        rates.value_basis,
        rates.margin_rate,
        purchase_likelihoods.log_likelihood,
        value_likelihoods.log_likelihood as value_log_likelihood,
        back_tests.customers as backtest_customers,
        back_tests.actual_orders as backtest_actual_orders,
        back_tests.expected_orders as backtest_expected_orders,
        back_tests.absolute_error as backtest_absolute_error,
        back_tests.actual_revenue as backtest_actual_revenue,
        back_tests.expected_revenue as backtest_expected_revenue
    from parameters
    cross join as_of
    cross join shop
    cross join rates
    left join purchase_likelihoods
        on parameters.model = purchase_likelihoods.model
    left join value_likelihoods
        on parameters.model = value_likelihoods.model
    left join back_tests
        on parameters.model = back_tests.model
    where parameters.period = 'all'

)

select
    model || '-' || strftime(as_of, '%Y-%m-%d') as run_id,
    as_of,
    model,
    model = '{{ one_of("clv_model", var("clv_model"), ["bg_nbd", "mbg_nbd"]) }}' as is_used,
    source,
    customers,
    one_time_customers,
    {{ ratio('one_time_customers', 'customers') }} as one_time_share,
    r,
    alpha,
    a,
    b,
    log_likelihood,
    value_customers,
    p,
    q,
    v,
    value_log_likelihood,
    frequency_value_correlation,
    is_converged,
    fitted_customers,
    value_basis,
    margin_rate,
    cast({{ var('clv_discount_rate') }} as double) as discount_rate,
    {{ var('clv_holdout_days') }} as holdout_days,
    backtest_customers,
    backtest_actual_orders,
    backtest_expected_orders,
    case
        when backtest_actual_orders <> 0
            then (backtest_expected_orders - backtest_actual_orders) / backtest_actual_orders
    end as backtest_error_rate,
    backtest_absolute_error,
    case when backtest_customers <> 0 then backtest_absolute_error / backtest_customers end
        as backtest_mean_absolute_error,
    backtest_actual_revenue,
    cast(backtest_expected_revenue as decimal(18, 4)) as backtest_expected_revenue,
    case
        when backtest_actual_revenue <> 0
            then
                (backtest_expected_revenue - cast(backtest_actual_revenue as double))
                / cast(backtest_actual_revenue as double)
    end as backtest_revenue_error_rate,
    concat_ws(
        '; ',
        message,
        case when source = 'seed' then 'parameters are given, not fitted' end,
        case
            when abs(frequency_value_correlation) > 0.3
                then 'order value depends on frequency: correlation '
                    || round(frequency_value_correlation, 2)
        end,
        case when q <= 1 then 'the mean order value is infinite (q <= 1)' end,
        case
            when abs(backtest_expected_orders - backtest_actual_orders) * 2 > backtest_actual_orders
                then 'the back-test is off by more than half'
        end
    ) as warnings
from runs
