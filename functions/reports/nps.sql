with

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where period = 'current'

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters() }}
    )

),

responses as (

    select responses.*
    from {{ ref('fct_survey_responses') }} as responses
    left join chosen
        on
            case when {{ asks_for_anything() }} then responses.customer_id end
            = chosen.customer_id
    where
        responses.survey_type = 'nps'
        and (not {{ asks_for_anything() }} or chosen.customer_id is not null)

),

dimensions as (

    select * from {{ ref('int_feedback_dimensions') }}

),

counted as (

    select
        dimensions.dimension,
        dimensions.dimension_value,
        responses.answer_class
    from responses
    inner join periods
        on responses.response_date between periods.first_day and periods.last_day
    inner join dimensions
        on dimensions.feedback_id = responses.survey_type || ':' || responses.response_id
    where
        responses.is_counted
        and dimensions.dimension = case coalesce(nullif(trim(cast("by" as varchar)), ''), '(all)')
            when '(all)' then '(all)'
            when 'country' then 'country'
            when 'rfm_segment' then 'rfm_segment'
            when 'channel' then 'channel'
            when 'product_category' then 'product_category'
            else error('by is none of: country, rfm_segment, channel, product_category')
        end

),

sums as (

    select
        counted.dimension,
        counted.dimension_value,
        count(*) as answers,
        count(*) filter (where counted.answer_class = 'promoter') as promoters,
        count(*) filter (where counted.answer_class = 'passive') as passives,
        count(*) filter (where counted.answer_class = 'detractor') as detractors
    from counted
    group by counted.dimension, counted.dimension_value

),

-- How many of those asked in the period have answered by now; not known by segment.
invitations as (

    select
        count(*) as invitations,
        count(*) filter (where responses.is_answered) as answered_invitations
    from responses
    inner join periods
        on responses.sent_date between periods.first_day and periods.last_day

)

select
    sums.dimension,
    sums.dimension_value,
    periods.is_complete,
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
    case when sums.dimension = '(all)' then invitations.invitations end as invitations,
    case when sums.dimension = '(all)' then invitations.answered_invitations end
        as answered_invitations,
    case
        when sums.dimension = '(all)'
            then {{ ratio('invitations.answered_invitations', 'invitations.invitations') }}
    end as response_rate
from sums
cross join periods
cross join invitations
order by sums.answers desc, sums.dimension_value
