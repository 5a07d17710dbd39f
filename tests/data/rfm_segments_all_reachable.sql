-- No segment is a name that nobody can ever have.
with

segments as (

    select preset, segment from {{ ref('rfm_segments') }}
    union
    select preset, segment from {{ ref('rfm_segments_custom') }}

)

select
    segments.preset,
    segments.segment
from segments
left join {{ ref('int_rfm_cells') }} as cells
    on
        segments.preset = cells.preset
        and segments.segment = cells.segment
where cells.segment is null
