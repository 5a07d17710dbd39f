-- A month's customers, orders and revenue, summed over all cohorts, are those of the month's
-- recognisable customers.
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

order_months as (

    select
        cast(date_trunc('month', order_date) as date) as month,
        count(*) as orders,
        sum(gross_revenue) as gross_revenue
    from {{ ref('fct_orders') }}
    where is_valid and identity_reliable
    group by 1

),

kpis as (

    select *
    from {{ ref('agg_kpis_monthly') }}
    where store_id = '(all)' and channel = '(all)' and is_complete

)

select
    kpis.month,
    kpis.reliable_customers,
    cohort_months.active_customers as cohort_active_customers
from kpis
left join cohort_months
    on kpis.month = cohort_months.month
left join order_months
    on kpis.month = order_months.month
where
    kpis.reliable_customers is distinct from coalesce(cohort_months.active_customers, 0)
    or coalesce(order_months.orders, 0) is distinct from coalesce(cohort_months.orders, 0)
    or coalesce(order_months.gross_revenue, 0)
    is distinct from coalesce(cohort_months.gross_revenue, 0)
