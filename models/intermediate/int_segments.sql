with

rfm_segments as (

    select * from {{ ref('rfm_segments') }}
    union all by name
    select * from {{ ref('rfm_segments_custom') }}

),

value_tiers as (

    select * from {{ ref('value_tiers') }}

),

states as (

    select * from {{ ref('segment_states') }}

),

definitions as (

    select * from {{ ref('segment_definitions') }}

),

-- A segment of RFM may have several rows of bounds: the names are those of the first.
named_rfm_segments as (

    select *
    from rfm_segments
    where preset = '{{ var("rfm_preset") }}'
    qualify row_number() over (
        partition by segment
        order by sort, r_min, r_max, fm_min, f_min, m_min, f_max, m_max
    ) = 1

)

select
    'rfm:' || segment as segment_key,
    'rfm' as kind,
    segment,
    label_en,
    label_pt,
    label_ro,
    label_pl,
    label_ar,
    'rfm_segment = ''' || segment || '''' as predicate,
    action as description,
    cast(null as varchar) as coupon_code,
    colour,
    sort
from named_rfm_segments
union all
select
    'tier:' || value_tier as segment_key,
    'value_tier' as kind,
    value_tier as segment,
    label_en,
    label_pt,
    label_ro,
    label_pl,
    label_ar,
    'value_tier = ''' || value_tier || '''' as predicate,
    cast(null as varchar) as description,
    cast(null as varchar) as coupon_code,
    colour,
    sort
from value_tiers
union all
select
    case when kind = 'rfm' then 'rfm:' else 'tier:' end || segment as segment_key,
    kind,
    segment,
    label_en,
    label_pt,
    label_ro,
    label_pl,
    label_ar,
    case when kind = 'rfm' then 'rfm_segment' else 'value_tier' end || ' = ''' || segment || ''''
        as predicate,
    description,
    cast(null as varchar) as coupon_code,
    '#8c959f' as colour,
    sort
from states
union all
select
    segment_key,
    'own' as kind,
    segment_key as segment,
    label_en,
    label_pt,
    label_ro,
    label_pl,
    label_ar,
    predicate,
    description,
    coupon_code,
    '#0969da' as colour,
    sort
from definitions
