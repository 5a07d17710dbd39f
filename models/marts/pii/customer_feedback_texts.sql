with

feedback as (

    select * from {{ ref('fct_customer_feedback') }}

),

surveys as (

    select * from {{ ref('stg_surveys') }}

),

reviews as (

    select * from {{ ref('stg_reviews') }}

),

comments as (

    select * from {{ ref('stg_social_comments') }}

),

known_reviews as (

    {{ identified_reviews('reviews') }}

),

texts as (

    select
        survey_type || ':' || response_id as feedback_id,
        cast(null as varchar) as title,
        comment as body
    from surveys
    union all
    select
        feedback_id,
        title,
        body
    from known_reviews
    union all
    select
        'social:' || comment_id as feedback_id,
        cast(null as varchar) as title,
        body
    from comments

)

select
    feedback.feedback_id,
    feedback.customer_id,
    feedback.event_date,
    texts.title,
    texts.body
from feedback
inner join texts
    on feedback.feedback_id = texts.feedback_id
where feedback.has_text
