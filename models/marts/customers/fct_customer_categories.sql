with

-- A refund that names no line can still have taken back the whole order.
returned_orders as (

    select order_id
    from {{ ref('fct_orders') }}
    where is_fully_refunded

),

items as (

    select
        items.customer_id,
        items.order_id,
        items.order_date,
        products.category,
        items.quantity - items.refunded_quantity as units_net,
        items.net_revenue_order_basis
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('dim_products') }} as products
        on items.product_id = products.product_id
    left join returned_orders
        on items.order_id = returned_orders.order_id
    where
        items.is_valid
        and returned_orders.order_id is null
        and not items.is_anonymous
        and not items.is_gift_card
        and items.net_revenue_order_basis > 0

),

customer_categories as (

    select
        customer_id,
        category,
        count(distinct order_id) as orders,
        cast(sum(units_net) as decimal(18, 4)) as units_net,
        cast(sum(net_revenue_order_basis) as decimal(18, 4)) as net_revenue_order_basis,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from items
    group by customer_id, category

),

base as (

    select
        category,
        sum(net_revenue_order_basis) as base_category_revenue,
        sum(sum(net_revenue_order_basis)) over () as base_revenue
    from customer_categories
    group by category

),

totals as (

    select
        customer_categories.*,
        cast(sum(customer_categories.net_revenue_order_basis) over (
            partition by customer_categories.customer_id
        ) as decimal(18, 4)) as customer_revenue,
        cast(base.base_category_revenue as decimal(18, 4)) as base_category_revenue,
        cast(base.base_revenue as decimal(18, 4)) as base_revenue
    from customer_categories
    inner join base
        on customer_categories.category = base.category

)

select
    customer_id,
    category,
    orders,
    units_net,
    net_revenue_order_basis,
    customer_revenue,
    {{ ratio('net_revenue_order_basis', 'customer_revenue') }} as revenue_share,
    base_category_revenue,
    base_revenue,
    {{ ratio('base_category_revenue', 'base_revenue') }} as base_share,
    100 * ({{ ratio('net_revenue_order_basis', 'customer_revenue') }})
    / ({{ ratio('base_category_revenue', 'base_revenue') }}) as affinity_index,
    first_order_date,
    last_order_date
from totals
