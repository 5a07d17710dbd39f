with

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

)

-- A price struck through is no discount of the order: it is kept apart.
select
    order_id,
    customer_id,
    order_number,
    order_date,
    revenue_before_refunds,
    net_revenue_order_basis,
    contribution_order_basis,
    discount_amount,
    gross_revenue,
    discount_amount > 0 as is_discounted,
    coupon_discount_amount > 0 as has_coupon,
    automatic_discount_amount > 0 as has_automatic,
    markdown_amount > 0 as has_markdown
from orders
