select metric, label_en, label_pt, label_ro, label_pl, label_ar
from {{ ref('metrics_dictionary') }}
order by number, metric
