-- Asked for the days of the RFM window before as_of, the live scores are those of the snapshots.
{{ config(tags=['agreement']) }}
{% set days = var('rfm_window_days') %}
with

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where
        preset = '{{ var("rfm_preset") }}'
        and as_of = (select max(months.as_of) from {{ ref('int_months') }} as months)

),

live_scores as (

    select *
    from {{ function('rfm') }}(
        {% if days is none %}null{% else %}(select as_of.as_of - {{ days }} from {{ ref('int_as_of') }} as as_of){% endif %},
        null
    )
    where segment <> 'unreliable'

)

select
    coalesce(snapshots.customer_id, live_scores.customer_id) as customer_id,
    snapshots.segment,
    live_scores.segment as live_segment
from snapshots
full join live_scores
    on snapshots.customer_id = live_scores.customer_id
where
    snapshots.r is distinct from live_scores.r
    or snapshots.f is distinct from live_scores.f
    or snapshots.m is distinct from live_scores.m
    or snapshots.segment is distinct from live_scores.segment
    or snapshots.recency_days is distinct from live_scores.recency_days
    or snapshots.monetary is distinct from live_scores.monetary
