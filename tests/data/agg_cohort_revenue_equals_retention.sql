-- By calendar month both tables say the same; and nothing is said of a period that is not over.
select
    revenue.cohort_month,
    revenue.period_number,
    revenue.split
from {{ ref('agg_cohort_revenue') }} as revenue
cross join {{ ref('int_as_of') }} as as_of
left join {{ ref('agg_cohort_retention') }} as retention
    on
        revenue.cohort_month = retention.cohort_month
        and revenue.period_number = retention.month_number
        and revenue.split_by = retention.split_by
        and revenue.split = retention.split
where
    (
        revenue.basis = 'calendar_month'
        and (
            revenue.cohort_size is distinct from retention.cohort_size
            or revenue.active_customers is distinct from retention.active_customers
            or revenue.orders is distinct from retention.orders
            or revenue.gross_revenue is distinct from retention.gross_revenue
            or revenue.net_revenue is distinct from retention.net_revenue
            or revenue.cumulative_net_revenue is distinct from retention.cumulative_net_revenue
        )
    )
    or (revenue.is_complete <> (revenue.net_revenue is not null))
    or (
        revenue.basis = 'age_30d'
        and revenue.is_complete
        and cast(revenue.cohort_month + interval 1 month as date)
        - 1 + cast(30 * (revenue.period_number + 1) as integer) > as_of.as_of
    )
    or (
        revenue.period_number = 0
        and revenue.is_complete
        and revenue.active_customers <> revenue.cohort_size
    )
