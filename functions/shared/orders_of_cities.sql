{{ config(type='table') }}

with

orders as (

    select * from {{ ref('fct_orders') }}

)

select orders.order_id
from orders
where
    {{ function('is_given') }}(city)
    and {{ function('is_any_of') }}(coalesce(orders.shipping_city, '(unknown)'), city)
