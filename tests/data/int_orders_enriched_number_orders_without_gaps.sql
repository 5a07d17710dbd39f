-- The valid orders of a customer are numbered 1, 2, 3, … in the order of their time.
with

orders as (

    select
        order_id,
        customer_id,
        order_number,
        lag(order_number) over by_time as previous_number
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous
    window by_time as (partition by customer_id order by ordered_at, order_id)

)

select *
from orders
where order_number is distinct from coalesce(previous_number, 0) + 1
