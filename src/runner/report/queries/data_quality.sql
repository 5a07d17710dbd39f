select label_en, label_pt, label_ro, label_pl, label_ar, state, rows_found, rate
from {{ ref('rpt_data_quality') }}
where state = 'warning' or state = 'note'
order by state = 'note', sort, check_key
