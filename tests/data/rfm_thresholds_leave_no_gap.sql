-- The bounds of a measure follow each other: each begins where the one before ends, the outer
-- ones are open.
with

bounds as (

    select
        measure,
        score,
        value_from,
        lag(value_to_excl) over (partition by measure order by value_from nulls first)
            as previous_end,
        row_number() over (partition by measure order by value_from nulls first) as position,
        count(*) over (partition by measure) as bounds,
        value_to_excl
    from {{ ref('rfm_thresholds') }}

)

select *
from bounds
where
    value_from is distinct from previous_end
    or (position = bounds) <> (value_to_excl is null)
    or bounds <> 5
