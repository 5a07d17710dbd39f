-- Trap 33: a customer who returns and goods that are returned are not told by one name, in any language, nor by
-- names that differ in capitals or blanks only.
with

labels as (

    unpivot {{ ref('metrics_dictionary') }}
    on label_en, label_pt, label_ro, label_pl, label_ar
    into name language value label

)

select
    language,
    lower(trim(label)) as label,
    count(*) as metrics
from labels
group by 1, 2
having count(*) > 1
