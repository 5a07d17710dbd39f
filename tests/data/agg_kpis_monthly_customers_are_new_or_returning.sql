-- In the whole shop everybody who ordered is new or returning, and nobody is both.
select
    month,
    active_customers,
    new_customers,
    returning_customers
from {{ ref('agg_kpis_monthly') }}
where
    store_id = '(all)'
    and channel = '(all)'
    and active_customers is distinct from new_customers + returning_customers
