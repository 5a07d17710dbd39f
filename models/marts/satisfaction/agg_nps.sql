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

)

select
    sums.month,
    sums.dimension,
    sums.dimension_value,
    last_day(sums.month) < as_of.as_of as is_complete,
    sums.answers,
    sums.promoters,
    sums.passives,
    sums.detractors,
    100.0::double * (sums.promoters - sums.detractors) / sums.answers as nps,
    -- 1.96 standard errors of a mean of 100, 0 and -100
    196.0::double * sqrt(
        (
            (sums.promoters + sums.detractors)::double / sums.answers
            - pow((sums.promoters - sums.detractors)::double / sums.answers, 2)
        ) / sums.answers
    ) as margin_of_error,
    sums.answers < {{ var('low_n_threshold') }} as is_low_n,
    case when sums.dimension = '(all)' then coalesce(invitations.invitations, 0) end
        as invitations,
    case when sums.dimension = '(all)' then coalesce(invitations.answered_invitations, 0) end
        as answered_invitations,
    case
        when sums.dimension = '(all)'
            then {{ ratio('invitations.answered_invitations', 'invitations.invitations') }}
    end as response_rate
from sums
cross join as_of
left join invitations
    on sums.month = invitations.month
