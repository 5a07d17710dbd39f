-- How each delivered order felt: the person's lasting mood, the order's own luck, lateness and
-- refunds.
with orders as (

    select
        orders.order_key,
        orders.customer_no,
        orders.purchase_no,
        orders.origin,
        orders.ordered_at,
        orders.delivered_at,
        orders.is_late,
        buyers.satisfaction,
        {{ digest('experience', 'orders.order_key') }} as experience_digest
    from {{ ref('gen_orders') }} as orders
    inner join {{ ref('gen_buyers') }} as buyers on buyers.customer_no = orders.customer_no
    where
        orders.delivered_at is not null
        and orders.origin not in ('stranger', 'trial', 'gift_card')

),

refunds as (

    select
        order_key,
        refunded_at
    from {{ ref('gen_refunds') }}

)

select
    orders.order_key,
    orders.customer_no,
    orders.purchase_no,
    orders.origin,
    orders.ordered_at,
    orders.delivered_at,
    orders.is_late,
    coalesce(refunds.refunded_at < orders.delivered_at + interval 10 day, false) as is_refunded_soon,
    0.75 * orders.satisfaction
    -- logistic noise of unit variance
    + 0.66 * 0.5513
    * ln({{ draw('orders.experience_digest') }} / (1 - {{ draw('orders.experience_digest') }}))
    - case when orders.is_late then 0.9 else 0 end
    - case when refunds.refunded_at < orders.delivered_at + interval 10 day then 1.0 else 0 end as mood,
    {{ draw('orders.experience_digest', 2) }} as answer_draw,
    {{ draw('orders.experience_digest', 3) }} as time_draw
from orders
left join refunds on refunds.order_key = orders.order_key
