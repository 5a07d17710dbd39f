, snapshots as (

    select
        fct_rfm_snapshots.customer_id,
        fct_rfm_snapshots.segment,
        fct_rfm_snapshots.recency_days,
        fct_rfm_snapshots.orders,
        fct_rfm_snapshots.net_revenue,
        spans.span
    from {{ ref('fct_rfm_snapshots') }} as fct_rfm_snapshots
    inner join spans
        on fct_rfm_snapshots.month = spans.first_day
    where
        fct_rfm_snapshots.segment is not null
        and fct_rfm_snapshots.preset = (select chosen.preset from chosen)
        -- The running month has no end yet.
        and fct_rfm_snapshots.as_of = spans.last_day + 1

),

states_now as (

    select * from snapshots
    where span = 'now'

),

states_before as (

    select * from snapshots
    where span = 'before'

)

select
    coalesce(states_now.customer_id, states_before.customer_id) as customer_id,
    coalesce(states_now.segment, 'left') as segment,
    coalesce(states_before.segment, 'entered') as segment_before,
    states_now.recency_days,
    states_now.orders,
    states_now.net_revenue
from states_now
full join states_before
    on states_now.customer_id = states_before.customer_id
order by customer_id
