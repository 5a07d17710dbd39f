-- A rank is told the same way in its own period and, one period later, as the rank before.
{{ config(enabled=var('top_customers_max_rank', none) is none) }}
with

ranks as (

    select *
    from {{ ref('agg_top_customers') }}
    where customer_id <> '(anonymous)'

)

select
    ranks.period_grain,
    ranks.period_start,
    ranks.channel,
    ranks.customer_id
from ranks
left join ranks as previous
    on
        ranks.period_grain = previous.period_grain
        and ranks.period_start = previous.period_end + 1
        and ranks.channel = previous.channel
        and ranks.customer_id = previous.customer_id
where
    ranks.rank_prev is distinct from previous.rank
    or ranks.rank_change is distinct from ranks.rank_prev - ranks.rank
    or (ranks.rank is null) <> (coalesce(ranks.status, '') = 'left')
    or (ranks.orders > 0) <> (ranks.rank is not null)
