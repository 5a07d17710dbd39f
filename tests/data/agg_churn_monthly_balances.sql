-- Who was active, plus new and won back, less lost, is who is active; and the next month begins
-- with them.
with

months as (

    select
        *,
        lag(active_end) over (partition by store_id order by month) as previous_active_end
    from {{ ref('agg_churn_monthly') }}
    where segment = '(all)'

)

select *
from months
where
    (
        is_complete
        and active_end
        is distinct from active_start + new_customers + reactivated_customers - churned_customers
    )
    or active_start is distinct from coalesce(previous_active_end, 0)
