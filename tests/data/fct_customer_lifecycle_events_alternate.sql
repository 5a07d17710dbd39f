-- One state a customer at any time: acquired first; then active until a lapse, lapsed until back. A
-- lapse follows a purchase, and what follows a lapse is a return and no mere repeat.
with

steps as (

    select
        customer_id,
        event,
        event_date,
        lag(event) over (partition by customer_id order by event_date, event) as event_before
    from {{ ref('fct_customer_lifecycle_events') }}
    where event <> 'lost_refunded'

)

select *
from steps
where
    (event = 'acquired') <> (event_before is null)
    or (event = 'reactivated') <> coalesce(event_before = 'lapsed', false)
    or (event = 'lapsed' and event_before = 'lapsed')
