with

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

history as (

    select *
    from {{ ref('int_segment_history') }}
    where change <> 'seen'

),

segments as (

    select * from {{ ref('int_segments') }}

),

months as (

    select * from {{ ref('int_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- All days of scoring, those with nobody in the window among them.
scored_days as (

    select
        as_of,
        lead(as_of) over (order by as_of) as next_as_of
    from months

),

scored_states as (

    select
        snapshots.customer_id,
        snapshots.as_of,
        snapshots.segment,
        scored_days.next_as_of,
        lead(snapshots.as_of) over (
            partition by snapshots.customer_id order by snapshots.as_of
        ) as scored_next
    from snapshots
    inner join scored_days
        on snapshots.as_of = scored_days.as_of

),

-- Who is scored on one day and not on the next has left the window.
states as (

    select
        customer_id,
        as_of,
        segment
    from scored_states
    union all
    select
        customer_id,
        next_as_of as as_of,
        'out_of_window' as segment
    from scored_states
    where next_as_of is not null and scored_next is distinct from next_as_of

),

state_pairs as (

    select
        customer_id,
        as_of,
        segment,
        lag(segment) over (partition by customer_id order by as_of) as segment_before
    from states

),

rfm_changes as (

    select
        'rfm:' || segment as segment_key,
        customer_id,
        as_of as change_date,
        'entered' as change
    from state_pairs
    where segment is distinct from segment_before
    union all
    select
        'rfm:' || segment_before as segment_key,
        customer_id,
        as_of as change_date,
        'left' as change
    from state_pairs
    where segment_before is not null and segment is distinct from segment_before

),

changes as (

    select
        segment_key,
        customer_id,
        change_date,
        change,
        false as is_initial
    from rfm_changes
    union all
    select
        history.segment_key,
        history.customer_id,
        history.change_date,
        history.change,
        history.is_initial
    from history
    cross join as_of
    where history.change_date <= as_of.as_of

)

-- What is no segment any more has no name to be shown by.
select
    changes.segment_key,
    changes.customer_id,
    changes.change_date,
    changes.change,
    segments.kind,
    changes.is_initial
from changes
inner join segments
    on changes.segment_key = segments.segment_key
