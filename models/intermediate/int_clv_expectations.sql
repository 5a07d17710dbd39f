{%- for days in (30, 90, 365) if days not in var('clv_horizon_days') -%}
    {{ refuse_setting('clv_horizon_days', var('clv_horizon_days'), 'with 30, 90 and 365 among them') }}
{%- endfor -%}
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
        b + {{ btyd_shift('model') }} as b,
        a > 5 or r > 20 as is_plain
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
        parameters.a,
        parameters.is_plain,
        case
            when parameters.is_plain then parameters.r + pairs.x
            else parameters.a + parameters.b - 1 - parameters.r
        end as first,
        case when parameters.is_plain then parameters.b + pairs.x else parameters.a - 1 end as second,
        parameters.a + parameters.b + pairs.x - 1 as third,
        case when parameters.is_plain then parameters.r + pairs.x else parameters.a - 1 end as power,
        (horizons.horizon_days / 7)
        / (parameters.alpha + (pairs.seen_days + horizons.horizon_days) / 7) as z
    from pairs
    inner join parameters
        on pairs.period = parameters.period
    inner join horizons
        on pairs.period = horizons.period
    where pairs.period = 'calibration' or parameters.model = '{{ var("clv_model") }}'

),

-- So many terms that z ** n is below 1e-18. Those of the papers' form grow at first, as a negative
-- binomial law does: its mean and ten of its deviations more.
counted as (

    select
        *,
        cast(
            least(
                ceil(-41.5 / ln(z)) + 8
                + case
                    when is_plain
                        then ceil(power * z / (1 - z) + 10 * sqrt(power * z) / (1 - z))
                    else 0
                end,
                20000
            ) as integer
        ) as terms
    from asked

),

longest as (

    select
        period,
        model,
        x,
        max(first) as first,
        max(second) as second,
        max(third) as third,
        case when bool_or(is_plain) then max(z) else 1 end as unit,
        max(terms) as terms
    from counted
    group by period, model, x

),

-- Euler's transformation of the hypergeometric function of the papers:
-- 2F1(r+x, b+x; a+b+x-1; z) = (1-z)**(a-1-r-x) 2F1(a+b-1-r, a-1; a+b+x-1; z), whose terms fall
-- faster. Where r or a is large its terms grow too large for a double, or take each other away: then
-- the papers' own form, whose terms are all positive, in units of the greatest z, so that they stay
-- small enough. Each coefficient is the one before times one step.
steps as (

    select
        period,
        model,
        x,
        terms.n,
        (first - 1 + terms.n) * (second - 1 + terms.n) / ((third - 1 + terms.n) * terms.n) * unit
            as step
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
            lambda total, coefficient: total * (counted.z / longest.unit) + coefficient
        ) * (counted.z / longest.unit) as series,
        counted.power * ln(1 - counted.z) as log_power
    from counted
    inner join longest
        on
            counted.period = longest.period
            and counted.model = longest.model
            and counted.x = longest.x
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
    third / (1 - a)
    * (2 * exp(log_power / 2) * sinh(log_power / 2) + exp(log_power) * series) as orders_if_alive
from series
