with

activity as (

    select * from {{ ref('fct_customer_activity') }}

)

select
    activity.event_id,
    activity.event_at,
    activity.event_date,
    activity.event_type,
    activity.reference_id,
    activity.detail,
    activity.amount
from activity
where
    activity.customer_id = trim(cast(customer_id as varchar))
    and {{ function('is_any_of') }}(activity.event_type, event_type)
order by activity.event_at desc, activity.event_id desc
