{{ config(severity='warn') }}
-- Discounts of goods that sum to more than the order states: the order counts, and what it lacks is
-- given by nobody. Equal rows count twice, so a file that came twice shows here.
select
    orders.order_id,
    orders.discount_amount,
    kinds.goods_amount
from {{ ref('int_order_discount_kinds') }} as kinds
inner join {{ ref('stg_orders') }} as orders
    on kinds.order_id = orders.order_id
where kinds.goods_amount > orders.discount_amount + 0.01
