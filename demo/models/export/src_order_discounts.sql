{{ config(
    materialized='external',
    location=var('output') ~ '/order_discounts.' ~ var('format'),
    format=var('format'),
) }}

select
    'o' || orders.order_key as order_id,
    'promo' || orders.promotion_no as promotion_id,
    case when orders.promotion_type = 'coupon' then promotions.code end as code,
    {{ booked('orders.discount_cents') }} as amount,
    orders.promotion_type as discount_type
from {{ ref('gen_orders') }} as orders
inner join {{ ref('gen_promotions') }} as promotions on promotions.promotion_no = orders.promotion_no
{{ join_defects('orders.order_key') }}
where {{ in_window('orders.ordered_at') }}
order by orders.order_key
