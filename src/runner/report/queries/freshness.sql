select source, table_name, last_date, days_behind
from {{ ref('rpt_freshness') }}
where is_stale
order by days_behind desc, source, table_name
