-- The tiers cover 0 to 1: each begins where the one before ends.
with

tiers as (

    select
        value_tier,
        share_from,
        share_to,
        lag(share_to, 1, 0) over (order by share_from, value_tier) as previous_share_to,
        lead(share_from, 1, 1) over (order by share_from, value_tier) as next_share_from
    from {{ ref('value_tiers') }}

)

select *
from tiers
where
    share_from <> previous_share_to
    or share_to <> next_share_from
    or share_from >= share_to
