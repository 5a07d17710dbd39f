with

responses as (

    select * from {{ ref('fct_survey_responses') }}

),

dimensions as (

    select * from {{ ref('int_feedback_dimensions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

counted as (

    select
        cast(date_trunc('month', responses.response_date) as date) as month,
        dimensions.dimension,
        dimensions.dimension_value,
        responses.answer_class
    from responses
    inner join dimensions
        on dimensions.feedback_id = responses.survey_type || ':' || responses.response_id
    where responses.survey_type = 'nps' and responses.is_counted

),

sums as (

    select
        month,
        dimension,
        dimension_value,
        count(*) as answers,
        count(*) filter (where answer_class = 'promoter') as promoters,
        count(*) filter (where answer_class = 'passive') as passives,
        count(*) filter (where answer_class = 'detractor') as detractors
    from counted
    group by month, dimension, dimension_value

),

-- How many of those asked in a month have answered by now; not known by segment.
invitations as (

    select
        cast(date_trunc('month', sent_date) as date) as month,
        count(*) as invitations,
        count(*) filter (where is_answered) as answered_invitations
    from responses
    where survey_type = 'nps'
    group by 1

),

-- Asked and nobody has answered yet: the month's whole has a row all the same.
cells as (

    select
        coalesce(sums.month, invitations.month) as month,
        coalesce(sums.dimension, '(all)') as dimension,
        coalesce(sums.dimension_value, '(all)') as dimension_value,
        coalesce(sums.answers, 0) as answers,
        coalesce(sums.promoters, 0) as promoters,
        coalesce(sums.passives, 0) as passives,
        coalesce(sums.detractors, 0) as detractors,
        invitations.invitations,
        invitations.answered_invitations
    from sums
    full join invitations
        on sums.dimension = '(all)' and sums.month = invitations.month

)

select
    cells.month,
    cells.dimension,
    cells.dimension_value,
    last_day(cells.month) < as_of.as_of as is_complete,
    cells.answers,
    cells.promoters,
    cells.passives,
    cells.detractors,
    100.0::double * (cells.promoters - cells.detractors) / nullif(cells.answers, 0) as nps,
    -- 1.96 standard errors of a mean of 100, 0 and -100
    196.0::double * sqrt(
        (
            (cells.promoters + cells.detractors)::double / nullif(cells.answers, 0)
            - pow((cells.promoters - cells.detractors)::double / nullif(cells.answers, 0), 2)
        ) / nullif(cells.answers, 0)
    ) as margin_of_error,
    cells.answers < {{ var('low_n_threshold') }} as is_low_n,
    case when cells.dimension = '(all)' then coalesce(cells.invitations, 0) end as invitations,
    case when cells.dimension = '(all)' then coalesce(cells.answered_invitations, 0) end
        as answered_invitations,
    case
        when cells.dimension = '(all)'
            then {{ ratio('cells.answered_invitations', 'cells.invitations') }}
    end as response_rate
from cells
cross join as_of
