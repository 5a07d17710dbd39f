{{ config(severity='warn') }}
-- The lines win where the order's own subtotal says something else; this says where.
with

lines as (

    select
        order_id,
        sum(list_amount) as list_amount
    from {{ ref('int_order_lines') }}
    group by order_id

)

select
    orders.order_id,
    orders.subtotal,
    lines.list_amount
from {{ ref('stg_orders') }} as orders
inner join lines
    on orders.order_id = lines.order_id
where
    orders.subtotal is not null
    and abs(orders.subtotal - lines.list_amount) >= 0.01
