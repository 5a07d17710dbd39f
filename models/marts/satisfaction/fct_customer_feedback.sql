with

events as (

    select * from {{ ref('int_feedback_events') }}

)

select
    feedback_id,
    feedback_type,
    source,
    network,
    customer_id,
    order_id,
    product_id,
    event_date,
    month,
    score,
    sentiment,
    has_text,
    is_verified
from events
where has_text or feedback_type in ('review', 'social')
