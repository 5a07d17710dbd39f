with

segment_changes as (

    select * from {{ ref('fct_segment_changes') }}

),

segment_history as (

    select * from {{ ref('int_segment_history') }}

),

segments as (

    select * from {{ ref('int_segments') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- RFM segments are all looked at whenever customers are scored, also those that are empty then.
first_scores as (

    select min(change_date) as first_date
    from segment_changes
    where kind = 'rfm'

),

first_looks as (

    select
        segment_history.segment_key,
        min(segment_history.change_date) as first_date
    from segment_history
    cross join as_of
    where segment_history.change_date <= as_of.as_of
    group by segment_history.segment_key

)

select
    segments.segment_key,
    case segments.kind
        when 'rfm' then first_scores.first_date
        else first_looks.first_date
    end as first_date
from segments
cross join first_scores
left join first_looks
    on segments.segment_key = first_looks.segment_key
where
    case segments.kind
        when 'rfm' then first_scores.first_date
        else first_looks.first_date
    end is not null
