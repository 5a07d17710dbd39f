{% set horizons = [30, 60, 90, 180, 365] %}
with

customers as (

    select * from {{ ref('int_customer_ltv') }}

),

cohort_sizes as (

    select * from {{ ref('int_cohort_sizes') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Only those who were seen for so many days: an average over the others would be too small.
mature_customers as (

    {% for days in horizons %}
    select
        cohort_month,
        channel,
        country_code,
        category,
        {{ days }} as horizon_days,
        count(*) as mature_customers,
        count(*) filter (where second_order_days <= {{ days }}) as repeat_customers,
        sum(net_revenue_{{ days }}d) as net_revenue,
        count(contribution_{{ days }}d) as costed_customers,
        sum(contribution_{{ days }}d) as contribution
    from customers
    where seen_days >= {{ days }}
    group by cohort_month, channel, country_code, category
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

horizon_sums as (

    select
        cohort_month,
        horizon_days,
        case
            when grouping(channel) = 0 then 'channel'
            when grouping(country_code) = 0 then 'country'
            when grouping(category) = 0 then 'category'
            else 'all'
        end as split_by,
        coalesce(channel, country_code, category, '(all)') as split,
        cast(sum(mature_customers) as bigint) as mature_customers,
        cast(sum(repeat_customers) as bigint) as repeat_customers,
        cast(sum(net_revenue) as decimal(18, 4)) as net_revenue,
        case
            when sum(costed_customers) = sum(mature_customers)
                then cast(sum(contribution) as decimal(18, 4))
        end as contribution
    from mature_customers
    group by grouping sets (
        (cohort_month, horizon_days),
        (cohort_month, horizon_days, channel),
        (cohort_month, horizon_days, country_code),
        (cohort_month, horizon_days, category)
    )

),

horizons as (

    select unnest({{ horizons }}) as horizon_days

)

select
    cohort_sizes.cohort_month,
    horizons.horizon_days,
    cohort_sizes.split_by,
    cohort_sizes.split,
    cohort_sizes.cohort_size,
    coalesce(horizon_sums.mature_customers, 0) as mature_customers,
    cast(cohort_sizes.cohort_month + interval 1 month as date) - 1 + horizons.horizon_days
    < as_of.as_of as is_complete,
    horizon_sums.repeat_customers,
    {{ ratio('horizon_sums.repeat_customers', 'horizon_sums.mature_customers') }}
        as second_order_rate,
    horizon_sums.net_revenue,
    {{ ratio('horizon_sums.net_revenue', 'horizon_sums.mature_customers') }} as ltv,
    horizon_sums.contribution,
    {{ ratio('horizon_sums.contribution', 'horizon_sums.mature_customers') }} as contribution_ltv
from cohort_sizes
cross join horizons
cross join as_of
left join horizon_sums
    on
        cohort_sizes.cohort_month = horizon_sums.cohort_month
        and cohort_sizes.split_by = horizon_sums.split_by
        and cohort_sizes.split = horizon_sums.split
        and horizons.horizon_days = horizon_sums.horizon_days
