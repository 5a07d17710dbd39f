with

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

windows as (

    select * from {{ ref('int_customer_windows') }}

),

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

followed_days as (

    select
        purchase_days.customer_id,
        windows.store_id,
        windows.window_days,
        purchase_days.order_date,
        purchase_days.purchase_day_number,
        purchase_days.previous_order_date,
        purchase_days.gap_days,
        lead(purchase_days.order_date) over (
            partition by purchase_days.customer_id order by purchase_days.order_date
        ) as next_order_date,
        purchase_days.order_date + windows.window_days + 1 as lapse_date
    from purchase_days
    inner join windows
        on purchase_days.customer_id = windows.customer_id

),

-- Every purchase day is one of the three. An order on the very day of lapsing keeps the customer.
purchases as (

    select
        customer_id,
        case
            when purchase_day_number = 1 then 'acquired'
            when gap_days > window_days + 1 then 'reactivated'
            else 'repeat'
        end as event,
        order_date as event_date,
        previous_order_date as last_order_date,
        store_id,
        window_days
    from followed_days

),

-- A day on which somebody lapses is known when it was seen to its end without an order.
lapses as (

    select
        followed_days.customer_id,
        'lapsed' as event,
        followed_days.lapse_date as event_date,
        followed_days.order_date as last_order_date,
        followed_days.store_id,
        followed_days.window_days
    from followed_days
    cross join as_of
    where
        followed_days.lapse_date < as_of.as_of
        and (
            followed_days.next_order_date is null
            or followed_days.next_order_date > followed_days.lapse_date
        )

),

returned_first_orders as (

    select customer_id
    from orders
    where is_new and is_fully_refunded

),

-- From the day on which the last of all orders so far was given back whole, until the next order.
running_refunds as (

    select
        orders.customer_id,
        orders.order_date,
        count(*) over so_far as orders_so_far,
        count(*) filter (where orders.is_fully_refunded) over so_far as refunded_so_far,
        max(greatest(orders.last_refund_date, orders.order_date)) over so_far as last_refund_date,
        lead(orders.order_date) over (
            partition by orders.customer_id order by orders.order_number
        ) as next_order_date
    from orders
    inner join returned_first_orders
        on orders.customer_id = returned_first_orders.customer_id
    window so_far as (partition by orders.customer_id order by orders.order_number)

),

refund_losses as (

    select
        running_refunds.customer_id,
        'lost_refunded' as event,
        running_refunds.last_refund_date as event_date,
        max(running_refunds.order_date) as last_order_date,
        windows.store_id,
        windows.window_days
    from running_refunds
    inner join windows
        on running_refunds.customer_id = windows.customer_id
    where
        running_refunds.refunded_so_far = running_refunds.orders_so_far
        and (
            running_refunds.next_order_date is null
            or running_refunds.next_order_date > running_refunds.last_refund_date
        )
    group by
        running_refunds.customer_id,
        running_refunds.last_refund_date,
        windows.store_id,
        windows.window_days

),

events as (

    select * from purchases
    union all
    select * from lapses
    union all
    select * from refund_losses

)

select
    customer_id,
    event,
    event_date,
    event_date as known_on,
    last_order_date,
    event_date - last_order_date as days_since_last_order,
    store_id,
    window_days
from events
