with

events as (

    select * from {{ ref('int_feedback_events') }}

),

dimensions as (

    select * from {{ ref('int_feedback_dimensions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

sums as (

    select
        events.month,
        dimensions.dimension,
        dimensions.dimension_value,
        count(*) filter (where events.feedback_type in ('csat', 'ticket') and events.is_counted)
            as csat_answers,
        count(*) filter (
            where events.feedback_type in ('csat', 'ticket') and events.is_counted
            and events.score >= 4
        ) as satisfied_answers,
        count(*) filter (where events.feedback_type = 'nps' and events.is_counted) as nps_answers,
        count(*) filter (
            where events.feedback_type = 'nps' and events.is_counted and events.score >= 9
        ) as promoters,
        count(*) filter (
            where events.feedback_type = 'nps' and events.is_counted and events.score <= 6
        ) as detractors,
        count(*) filter (where events.feedback_type = 'ces' and events.is_counted) as ces_answers,
        coalesce(
            sum(events.score) filter (where events.feedback_type = 'ces' and events.is_counted), 0
        ) as ces_points,
        count(*) filter (where events.feedback_type = 'review' and events.is_counted) as reviews,
        coalesce(
            sum(events.score) filter (where events.feedback_type = 'review' and events.is_counted),
            0
        ) as stars,
        count(*) filter (where events.feedback_type = 'ticket') as tickets,
        count(*) filter (where events.feedback_type = 'ticket' and events.is_resolved)
            as resolved_tickets,
        median(events.first_response_hours) as median_first_response_hours,
        median(events.resolution_hours) as median_resolution_hours
    from events
    inner join dimensions
        on events.feedback_id = dimensions.feedback_id
    where events.feedback_type <> 'social'
    group by events.month, dimensions.dimension, dimensions.dimension_value

)

select
    sums.month,
    sums.dimension,
    sums.dimension_value,
    last_day(sums.month) < as_of.as_of as is_complete,
    sums.csat_answers,
    sums.satisfied_answers,
    {{ ratio('sums.satisfied_answers', 'sums.csat_answers') }} as csat,
    sums.csat_answers < {{ var('low_n_threshold') }} as is_low_n,
    sums.nps_answers,
    sums.promoters,
    sums.detractors,
    {{ ratio('100 * (sums.promoters - sums.detractors)', 'sums.nps_answers') }} as nps,
    sums.ces_answers,
    cast(sums.ces_points as bigint) as ces_points,
    {{ ratio('sums.ces_points', 'sums.ces_answers') }} as avg_effort_score,
    sums.reviews,
    cast(sums.stars as bigint) as stars,
    {{ ratio('sums.stars', 'sums.reviews') }} as avg_rating,
    sums.tickets,
    sums.resolved_tickets,
    sums.median_first_response_hours,
    sums.median_resolution_hours
from sums
cross join as_of
