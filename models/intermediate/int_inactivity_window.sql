{% set chosen = var('churn_window_days') %}
{%- if var('churn_window_bounds')[0] > var('churn_window_bounds')[1] -%}
    {{ refuse_setting('churn_window_bounds', var('churn_window_bounds'), 'the least before the greatest') }}
{%- endif -%}
with

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_days as (

    select
        customer_id,
        max(order_date) as last_order_date
    from purchase_days
    group by customer_id

),

-- The gap after the last purchase is not over: it is only known to be longer than what was seen of
-- it. Leaving it out would make the window too small.
gaps as (

    select
        first_orders.store_id,
        purchase_days.gap_days as days,
        true as is_over
    from purchase_days
    inner join first_orders
        on purchase_days.customer_id = first_orders.customer_id
    where purchase_days.gap_days is not null
    union all
    select
        first_orders.store_id,
        as_of.as_of - 1 - last_days.last_order_date as days,
        false as is_over
    from last_days
    inner join first_orders
        on last_days.customer_id = first_orders.customer_id
    cross join as_of

),

counted_days as (

    select
        case when grouping(store_id) = 0 then store_id else '(all)' end as store_id,
        days,
        count(*) filter (where is_over) as ended,
        count(*) as observed
    from gaps
    group by grouping sets ((store_id, days), (days))

),

risk_days as (

    select
        store_id,
        days,
        ended,
        observed,
        sum(observed) over (partition by store_id order by days desc) as at_risk,
        sum(ended) over (partition by store_id order by days) as ended_so_far
    from counted_days

),

-- Kaplan and Meier: the share still waiting after so many days is the product of
-- 1 - ended / at_risk; a thousand is as good as the logarithm of 0.
survival_days as (

    select
        *,
        exp(
            sum(case when ended = at_risk then -1000 else ln(1 - ended / at_risk) end) over (
                partition by store_id order by days
            )
        ) as waiting_share
    from risk_days

),

bounded_days as (

    select
        *,
        min(waiting_share) over (partition by store_id) as never_share,
        sum(ended) over (partition by store_id) as gaps
    from survival_days

),

quantiles as (

    select
        store_id,
        max(gaps) as gaps,
        sum(observed - ended) as open_gaps,
        max(never_share) as never_share,
        min(days) filter (where ended_so_far * 10 >= gaps * 9 and gaps > 0) as raw_p90_days,
        min(days) filter (where round(waiting_share, 12) <= 0.1) as km_p90_days,
        min(days) filter (
            where round(1 - waiting_share, 12) >= round(0.9 * (1 - never_share), 12) and gaps > 0
        ) as km_returners_p90_days
    from bounded_days
    group by store_id

),

-- Where fewer than nine in ten ever come back, the question is put to those who do.
estimates as (

    select
        *,
        case
            when gaps < {{ var('churn_window_min_gaps') }} then null
            else greatest(
                {{ var('churn_window_bounds')[0] }},
                least({{ var('churn_window_bounds')[1] }}, coalesce(km_p90_days, km_returners_p90_days))
            )
        end as estimated_days
    from quantiles

),

whole_shop as (

    select estimated_days
    from estimates
    where store_id = '(all)'

)

select
    estimates.store_id,
    cast(
        {% if chosen == 'auto' %}
        coalesce(
            estimates.estimated_days,
            whole_shop.estimated_days,
            {{ var('churn_window_fallback_days') }}
        )
        {% else %}
        {{ chosen }}
        {% endif %} as integer
    ) as window_days,
    {% if chosen == 'auto' %}
    case
        when estimates.estimated_days is not null and estimates.km_p90_days is not null
            then 'kaplan_meier'
        when estimates.estimated_days is not null then 'kaplan_meier_returners'
        when whole_shop.estimated_days is not null then 'whole_shop'
        else 'fallback'
    end as method,
    {% else %}
    'fixed' as method,
    {% endif %}
    cast(estimates.km_p90_days as integer) as km_p90_days,
    cast(estimates.km_returners_p90_days as integer) as km_returners_p90_days,
    cast(estimates.raw_p90_days as integer) as raw_p90_days,
    estimates.never_share,
    cast(estimates.gaps as bigint) as gaps,
    cast(estimates.open_gaps as bigint) as open_gaps
from estimates
cross join whole_shop
