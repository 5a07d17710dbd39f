, definitions as (

    select preset, segment, label_en, label_pt, label_ro, label_pl, label_ar, action, colour, sort
    from {{ ref('rfm_segments') }}
    union all
    select preset, segment, label_en, label_pt, label_ro, label_pl, label_ar, action, colour, sort
    from {{ ref('rfm_segments_custom') }}

)

select
    segment,
    any_value(label_en order by sort) as label_en,
    any_value(label_pt order by sort) as label_pt,
    any_value(label_ro order by sort) as label_ro,
    any_value(label_pl order by sort) as label_pl,
    any_value(label_ar order by sort) as label_ar,
    any_value(action order by sort) as action,
    any_value(colour order by sort) as colour,
    min(sort) as sort
from definitions
where preset = (select chosen.preset from chosen)
group by segment
order by min(sort), segment
