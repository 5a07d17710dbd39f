with

histories as (

    select * from {{ ref('int_clv_histories') }}

),

-- A beta law with a = 1 makes the formula 0 / 0: it is moved by a millionth.
parameters as (

    select
        period,
        model,
        r,
        alpha,
        case when abs(a - 1) < 1e-6 then 1 + 1e-6 else a end as a,
        b + {{ btyd_shift('model') }} as b
    from {{ ref('int_clv_parameters') }}
    where r is not null

),

-- Days ahead: those shown, each month of the two years that are discounted, and what was held back.
horizons as (

    select
        'all' as period,
        cast(unnest({{ var('clv_horizon_days') }}) as double) as horizon_days,
        0 as month_number
    union all
    select
        'all' as period,
        months.month_number * 365 / 12 as horizon_days,
        cast(months.month_number as integer) as month_number
    from range(1, 25) as months (month_number)
    union all
    select
        'calibration' as period,
        cast({{ var('clv_holdout_days') }} as double) as horizon_days,
        0 as month_number

),

-- What is expected depends on x and T alone, but for the odds that the customer has left: far fewer
-- pairs than customers.
pairs as (

    select
        period,
        x,
        seen_days
    from histories
    group by period, x, seen_days

),

asked as (

    select
        pairs.period,
        parameters.model,
        pairs.x,
        pairs.seen_days,
        horizons.horizon_days,
        horizons.month_number,
        parameters.r,
        parameters.a,
        parameters.b,
        (horizons.horizon_days / 7)
        / (parameters.alpha + (pairs.seen_days + horizons.horizon_days) / 7) as z
    from pairs
    inner join parameters
        on pairs.period = parameters.period
    inner join horizons
        on pairs.period = horizons.period
    where pairs.period = 'calibration' or parameters.model = '{{ var("clv_model") }}'

),

-- So many terms that z ** n is below 1e-18.
counted as (

    select
        *,
        cast(least(ceil(-41.5 / ln(z)) + 8, 20000) as integer) as terms
    from asked

),

longest as (

    select
        period,
        model,
        x,
        max(r) as r,
        max(a) as a,
        max(b) as b,
        max(terms) as terms
    from counted
    group by period, model, x

),

-- Euler's transformation of the hypergeometric function of the papers:
-- 2F1(r+x, b+x; a+b+x-1; z) = (1-z)**(a-1-r-x) 2F1(a+b-1-r, a-1; a+b+x-1; z), whose terms fall
-- faster. Each coefficient is the one before times one step.
steps as (

    select
        period,
        model,
        x,
        terms.n,
        (a + b - 2 - r + terms.n) * (a - 2 + terms.n) / ((a + b + x - 2 + terms.n) * terms.n) as step
    from longest
    cross join lateral (select unnest(range(1, longest.terms + 1)) as n) as terms

),

coefficients as (

    select
        period,
        model,
        x,
        n,
        product(step) over (
            partition by period, model, x
            order by n
            rows between unbounded preceding and current row
        ) as coefficient
    from steps

),

coefficient_lists as (

    select
        period,
        model,
        x,
        list(coefficient order by n) as coefficients
    from coefficients
    group by period, model, x

),

-- The series without its first term, which is 1, by Horner's rule from the smallest term.
series as (

    select
        counted.*,
        list_reduce(
            list_reverse(coefficient_lists.coefficients[1:counted.terms]),
            lambda total, coefficient: total * counted.z + coefficient
        ) * counted.z as series,
        (counted.a - 1) * ln(1 - counted.z) as log_power
    from counted
    inner join coefficient_lists
        on
            counted.period = coefficient_lists.period
            and counted.model = coefficient_lists.model
            and counted.x = coefficient_lists.x

)

-- 1 - exp(u) (1 + s), where the ones must not be subtracted from each other: for short times
-- ahead little else is left. exp(u) - 1 is 2 exp(u / 2) sinh(u / 2).
select
    period,
    model,
    x,
    seen_days,
    horizon_days,
    month_number,
    (a + b + x - 1) / (1 - a)
    * (2 * exp(log_power / 2) * sinh(log_power / 2) + exp(log_power) * series) as orders_if_alive
from series
