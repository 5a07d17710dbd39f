with

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

),

discounts as (

    select * from {{ ref('stg_order_discounts') }}

),

order_items as (

    select * from {{ ref('stg_order_items') }}

),

discount_kinds as (

    select
        order_id,
        bool_or(coalesce(discount_type, case when code is null then 'automatic' else 'coupon' end) = 'coupon')
            as has_coupon,
        bool_or(coalesce(discount_type, case when code is null then 'automatic' else 'coupon' end) <> 'coupon')
            as has_automatic
    from discounts
    where amount > 0
    group by order_id

),

-- A price struck through is no discount of the order: it is kept apart.
markdowns as (

    select order_id
    from order_items
    where compare_at_price > unit_price and quantity > 0 and not is_gift
    group by order_id

)

select
    orders.order_id,
    orders.customer_id,
    orders.order_number,
    orders.order_date,
    orders.revenue_before_refunds,
    orders.net_revenue_order_basis,
    orders.contribution_order_basis,
    orders.discount_amount,
    orders.gross_revenue,
    orders.discount_amount > 0 as is_discounted,
    orders.discount_amount > 0 and coalesce(discount_kinds.has_coupon, false) as has_coupon,
    orders.discount_amount > 0
    and (coalesce(discount_kinds.has_automatic, false) or discount_kinds.order_id is null)
        as has_automatic,
    markdowns.order_id is not null as has_markdown
from orders
left join discount_kinds
    on orders.order_id = discount_kinds.order_id
left join markdowns
    on orders.order_id = markdowns.order_id
