with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

event_dates as (

    select min(order_date) as event_date from orders where is_valid
    union all
    select min(refund_date) as event_date from refunds where is_counted

),

months as (

    select {{ months_since('event_dates.event_date') }} as month
    from event_dates
    cross join as_of

),

bounded_months as (

    select
        month,
        cast(month + interval 1 month as date) as next_month
    from months

)

-- The state at the end of a month is the one seen on the first day after it; the running month's
-- is seen today.
select
    bounded_months.month,
    bounded_months.next_month - 1 as month_end,
    least(bounded_months.next_month, as_of.as_of) as as_of,
    least(bounded_months.next_month, as_of.as_of) - bounded_months.month as elapsed_days,
    bounded_months.next_month <= as_of.as_of as is_complete
from bounded_months
cross join as_of
