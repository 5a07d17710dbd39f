-- No segment is a name that nobody can ever have.
select
    segments.preset,
    segments.segment
from {{ ref('rfm_segments') }} as segments
left join {{ ref('int_rfm_cells') }} as cells
    on
        segments.preset = cells.preset
        and segments.segment = cells.segment
where cells.segment is null
