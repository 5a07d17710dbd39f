-- Trap 18.
-- Nothing is said about a month that was not seen to its end, and nothing kept back about one
-- that was.
select cohorts.*
from {{ ref('agg_cohort_retention') }} as cohorts
cross join {{ ref('int_as_of') }} as as_of
where
    (cohorts.active_customers is not null)
    <> (
        cohorts.cohort_month + to_months(cast(cohorts.month_number + 1 as integer)) <= as_of.as_of
    )
