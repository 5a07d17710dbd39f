-- Trap 22: each of the 125 triples of scores lies in exactly one segment of each preset.
with

presets as (

    select preset from {{ ref('rfm_segments') }}
    union
    select preset from {{ ref('rfm_segments_custom') }}

),

counted_cells as (

    select
        preset,
        r,
        f,
        m,
        count(segment) as segments
    from {{ ref('int_rfm_cells') }}
    group by preset, r, f, m

),

counted_presets as (

    select
        presets.preset,
        count(counted_cells.segments) as cells
    from presets
    left join counted_cells
        on
            presets.preset = counted_cells.preset
            and counted_cells.segments = 1
    group by presets.preset

)

select *
from counted_presets
where cells <> 125
