{{ config(severity='warn') }}
-- An order without a line keeps its money, in one line of no product; this says which.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

order_items as (

    select * from {{ ref('stg_order_items') }}

)

select
    orders.order_id,
    orders.ordered_at,
    orders.subtotal
from orders
anti join order_items
    on orders.order_id = order_items.order_id
