-- A month's orders and revenue, summed over all cohorts, are the month's of identified customers.
with

cohort_months as (

    select
        cast(cohort_month + to_months(cast(month_number as integer)) as date) as month,
        sum(active_customers) as active_customers,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue
    from {{ ref('agg_cohort_retention') }}
    where split_by = 'all' and is_complete
    group by 1

),

kpis as (

    select *
    from {{ ref('agg_kpis_monthly') }}
    where store_id = '(all)' and channel = '(all)' and is_complete

)

select
    kpis.month,
    kpis.active_customers,
    cohort_months.active_customers as cohort_active_customers
from kpis
left join cohort_months
    on kpis.month = cohort_months.month
where
    kpis.active_customers is distinct from coalesce(cohort_months.active_customers, 0)
    or kpis.identified_orders is distinct from coalesce(cohort_months.orders, 0)
    or kpis.gross_revenue - kpis.anonymous_gross_revenue
    is distinct from coalesce(cohort_months.gross_revenue, 0)
