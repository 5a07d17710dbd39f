-- A band begins where the one before it ends; the first and the last are open.
with

bands as (

    select
        *,
        lag(value_to_excl) over lower_bands as previous_end,
        row_number() over lower_bands as position,
        count(*) over (partition by facet) as bands
    from {{ ref('facet_bands') }}
    window lower_bands as (partition by facet order by sort, band)

)

select *
from bands
where
    (position = 1 and value_from is not null)
    or (position > 1 and value_from is distinct from previous_end)
    or (position = bands and value_to_excl is not null)
    or (position < bands and value_to_excl is null)
