-- Trap 19: a cohort has one size in all its months, and month 0 holds everybody of it.
select
    cohort_month,
    split_by,
    split
from {{ ref('agg_cohort_retention') }}
group by cohort_month, split_by, split
having
    min(cohort_size) <> max(cohort_size)
    or max(active_customers) filter (where month_number = 0 and is_complete)
    <> max(cohort_size) filter (where month_number = 0 and is_complete)
