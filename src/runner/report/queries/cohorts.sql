select
    cohorts.cohort_month,
    cohorts.month_number,
    cohorts.cohort_size,
    -- What was not over at the end of the period is not known in the report of it.
    cohorts.is_complete
    and cohorts.cohort_month + to_months(cast(cohorts.month_number + 1 as integer))
    <= spans.last_day + 1 as is_complete,
    cohorts.active_customers,
    cohorts.retention_rate
from {{ ref('agg_cohort_retention') }} as cohorts
inner join spans
    on cohorts.cohort_month between spans.first_day and spans.last_day
where cohorts.split_by = 'all' and cohorts.month_number <= 12
order by cohorts.cohort_month, cohorts.month_number
