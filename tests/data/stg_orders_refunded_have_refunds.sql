{{ config(severity='warn') }}
-- An order whose status says that money went back, and no refund that says how much: its revenue stands.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

refunds as (

    select * from {{ ref('stg_refunds') }}

),

refund_items as (

    select * from {{ ref('stg_refund_items') }}

),

refunded_orders as (

    select order_id from refunds
    union
    select order_id from refund_items

)

select
    orders.order_id,
    orders.status,
    orders.ordered_at
from orders
anti join refunded_orders
    on orders.order_id = refunded_orders.order_id
where
    orders.status in ('refunded', 'partially_refunded')
    and not orders.is_test
