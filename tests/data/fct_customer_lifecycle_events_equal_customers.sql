-- Trap 26, and one state a customer: the purchase days are the purchase days; who has lapsed last and not
-- bought since is lapsed in dim_customers, on the same day; nothing is known before its window is over.
with

events as (

    select * from {{ ref('fct_customer_lifecycle_events') }}

),

customers as (

    select *
    from {{ ref('dim_customers') }}
    where orders > 0 and identity_reliable

),

sums as (

    select
        customer_id,
        count(*) filter (where event in ('acquired', 'repeat', 'reactivated')) as purchase_days,
        count(*) filter (where event = 'acquired') as acquisitions,
        count(*) filter (where event = 'lapsed') as lapses,
        count(*) filter (where event = 'reactivated') as reactivations,
        max(event_date) filter (where event = 'lapsed') as lapsed_date,
        max(event_date) filter (where event in ('acquired', 'repeat', 'reactivated'))
            as last_order_date,
        bool_or(event = 'lapsed' and known_on <> last_order_date + window_days + 1) as is_too_early
    from events
    group by customer_id

)

select
    customers.customer_id,
    sums.purchase_days,
    sums.lapses
from customers
full join sums
    on customers.customer_id = sums.customer_id
where
    customers.purchase_days is distinct from sums.purchase_days
    or sums.acquisitions <> 1
    or customers.is_lapsed is distinct from coalesce(sums.lapsed_date > sums.last_order_date, false)
    or (customers.is_lapsed and customers.lapsed_date is distinct from sums.lapsed_date)
    or sums.lapses - sums.reactivations <> case when customers.is_lapsed then 1 else 0 end
    or sums.is_too_early
