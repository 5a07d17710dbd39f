select
    store_id,
    channel,
    count(*) as months
from {{ ref('agg_kpis_monthly') }}
group by store_id, channel
having count(*) is distinct from (select count(*) from {{ ref('int_months') }})
