-- Trap 21: equal values have equal scores, and a better value never a lower score.
{{ config(enabled=var('rfm_scoring') != 'ntile') }}
with

snapshots as (

    select * from {{ ref('fct_rfm_snapshots') }}

),

scored_values as (

    select as_of, 'r' as score_name, -recency_days as value, r as score from snapshots
    union all
    select as_of, 'f' as score_name, frequency as value, f as score from snapshots
    union all
    select as_of, 'm' as score_name, monetary as value, m as score from snapshots

),

values_with_range as (

    select
        as_of,
        score_name,
        value,
        min(score) as least_score,
        max(score) as greatest_score
    from scored_values
    group by as_of, score_name, value

),

neighbours as (

    select
        *,
        lag(greatest_score) over (partition by as_of, score_name order by value nulls first)
            as score_below
    from values_with_range

)

select *
from neighbours
where
    least_score <> greatest_score
    or least_score < score_below
