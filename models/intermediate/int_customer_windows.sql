with

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

windows as (

    select * from {{ ref('int_inactivity_window') }}

)

select
    first_orders.customer_id,
    first_orders.store_id,
    windows.window_days
from first_orders
inner join windows
    on first_orders.store_id = windows.store_id
