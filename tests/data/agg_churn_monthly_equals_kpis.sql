select
    churn.month,
    churn.new_customers,
    kpis.new_customers as kpi_new_customers
from {{ ref('agg_churn_monthly') }} as churn
full join {{ ref('agg_kpis_monthly') }} as kpis
    on
        churn.month = kpis.month
        and churn.store_id = kpis.store_id
where
    kpis.store_id = '(all)'
    and kpis.channel = '(all)'
    and coalesce(churn.segment, '(all)') = '(all)'
    and coalesce(churn.new_customers, 0) is distinct from kpis.new_customers
