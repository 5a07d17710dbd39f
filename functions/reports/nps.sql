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

choices as (

    select
        case {{ function('as_choice') }}("by", '(all)')
            when '(all)' then '(all)'
            when 'country' then 'country'
            when 'rfm_segment' then 'rfm_segment'
            when 'channel' then 'channel'
            when 'product_category' then 'product_category'
            else error('by is none of: country, rfm_segment, channel, product_category')
        end as dimension

),

counted as (

    select
        dimensions.dimension,
        dimensions.dimension_value,
        responses.answer_class
    from responses
    inner join periods
        on responses.response_date between periods.first_day and periods.last_day
    cross join choices
    inner join dimensions
        on dimensions.feedback_id = responses.survey_type || ':' || responses.response_id
    where
        responses.is_counted
        and dimensions.dimension = choices.dimension

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
        '(all)' as dimension,
        count(*) as invitations,
        count(*) filter (where responses.is_answered) as answered_invitations
    from responses
    inner join periods
        on responses.sent_date between periods.first_day and periods.last_day
    cross join choices
    where choices.dimension = '(all)'
    having count(*) > 0

),

-- Asked and nobody has answered yet: the whole has a row all the same.
cells as (

    select
        coalesce(sums.dimension, invitations.dimension) as dimension,
        coalesce(sums.dimension_value, '(all)') as dimension_value,
        coalesce(sums.answers, 0) as answers,
        coalesce(sums.promoters, 0) as promoters,
        coalesce(sums.passives, 0) as passives,
        coalesce(sums.detractors, 0) as detractors,
        invitations.invitations,
        invitations.answered_invitations
    from sums
    full join invitations
        on sums.dimension = invitations.dimension

)

select
    cells.dimension,
    cells.dimension_value,
    periods.is_complete,
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
cross join periods
order by cells.answers desc, cells.dimension_value
