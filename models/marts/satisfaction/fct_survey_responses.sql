with

surveys as (

    select * from {{ ref('stg_surveys') }}

),

answers as (

    select * from {{ ref('int_feedback_events') }}

),

people as (

    select * from {{ ref('int_customer_identity') }}

),

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

invitations as (

    select
        *,
        survey_type || ':' || response_id as feedback_id,
        {{ local_date('coalesce(sent_at, responded_at)') }} as sent_date
    from surveys

)

select
    invitations.response_id,
    invitations.survey_type,
    coalesce(answers.survey_wave, invitations.wave) as survey_wave,
    coalesce(people.customer_id, orders.customer_id) as customer_id,
    invitations.order_id,
    invitations.sent_date,
    case when answers.score is not null then answers.event_date end as response_date,
    answers.score,
    answers.score is not null as is_answered,
    coalesce(answers.is_counted, false) as is_counted,
    case
        when answers.is_scored and invitations.survey_type = 'nps' and answers.score >= 9
            then 'promoter'
        when answers.is_scored and invitations.survey_type = 'nps' and answers.score >= 7
            then 'passive'
        when answers.is_scored and invitations.survey_type = 'nps' then 'detractor'
        when answers.is_scored and invitations.survey_type = 'csat' and answers.score >= 4
            then 'satisfied'
        when answers.is_scored and invitations.survey_type = 'csat' then 'not_satisfied'
    end as answer_class
from invitations
cross join as_of
left join answers
    on invitations.feedback_id = answers.feedback_id
left join people
    on invitations.customer_id = people.source_customer_id
left join orders
    on invitations.order_id = orders.order_id
where invitations.sent_date < as_of.as_of
