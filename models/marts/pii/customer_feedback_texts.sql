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

distinct_reviews as (

    {{ one_row_per_key(
        'reviews',
        ['review_id', 'order_id', 'product_id'],
        ['created_at desc nulls last', 'score nulls last', 'customer_id'],
    ) }}

),

texts as (

    select
        survey_type || ':' || response_id as feedback_id,
        cast(null as varchar) as title,
        comment as body
    from surveys
    union all
    select
        concat_ws(':', 'review', review_id, order_id, product_id) as feedback_id,
        title,
        body
    from distinct_reviews
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
