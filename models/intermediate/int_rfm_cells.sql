with

segments as (

    select * from {{ ref('rfm_segments') }}
    union all
    select * from {{ ref('rfm_segments_custom') }}

),

scores as (

    select unnest([1, 2, 3, 4, 5]) as score

),

presets as (

    select preset from segments group by preset

),

cells as (

    select
        presets.preset,
        r.score as r,
        f.score as f,
        m.score as m,
        (f.score + m.score) * 0.5 as fm
    from presets
    cross join scores as r
    cross join scores as f
    cross join scores as m

)

-- An empty bound does not bind. No cell may lie in two segments or in none:
-- rfm_segments_partition tests it.
select
    cells.preset,
    cells.r,
    cells.f,
    cells.m,
    cells.fm,
    segments.segment
from cells
left join segments
    on
        cells.preset = segments.preset
        and cells.r >= coalesce(segments.r_min, 1)
        and cells.r <= coalesce(segments.r_max, 5)
        and cells.fm >= coalesce(segments.fm_min, 1)
        and cells.fm < coalesce(segments.fm_max_excl, 6)
        and cells.f >= coalesce(segments.f_min, 1)
        and cells.f <= coalesce(segments.f_max, 5)
        and cells.m >= coalesce(segments.m_min, 1)
        and cells.m <= coalesce(segments.m_max, 5)
