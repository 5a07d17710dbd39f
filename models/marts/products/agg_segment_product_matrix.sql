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
        items.quantity - items.refunded_quantity as units_net,
        items.net_revenue_order_basis,
        cast(date_trunc('month', items.order_date) as date) as month,
        products.category
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

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

months as (

    select * from {{ ref('int_months') }}

),

customer_months as (

    select
        customer_id,
        month,
        category,
        count(distinct order_id) as orders,
        sum(units_net) as units_net,
        sum(net_revenue_order_basis) as net_revenue_order_basis
    from items
    group by customer_id, month, category

),

-- The segment held when the month began: one that the month's orders made would explain itself.
placed_months as (

    select
        customer_months.*,
        case
            when first_orders.cohort_month = customer_months.month then 'prospect'
            else coalesce(snapshots.segment, 'out_of_window')
        end as segment
    from customer_months
    inner join first_orders
        on customer_months.customer_id = first_orders.customer_id
    left join snapshots
        on
            customer_months.customer_id = snapshots.customer_id
            and customer_months.month = snapshots.as_of

),

cells as (

    select
        month,
        segment,
        category,
        count(*) as customers,
        sum(orders) as orders,
        sum(units_net) as units_net,
        sum(net_revenue_order_basis) as net_revenue
    from placed_months
    group by month, segment, category

),

framed_cells as (

    select
        *,
        sum(net_revenue) over (partition by month, segment) as segment_net_revenue,
        sum(net_revenue) over (partition by month, category) as category_net_revenue,
        sum(net_revenue) over (partition by month) as month_net_revenue
    from cells

),

indexed_cells as (

    select
        *,
        {{ ratio('net_revenue', 'segment_net_revenue') }} as segment_share,
        {{ ratio('category_net_revenue', 'month_net_revenue') }} as base_share
    from framed_cells

)

select
    indexed_cells.month,
    indexed_cells.segment,
    indexed_cells.category,
    months.is_complete,
    indexed_cells.customers,
    indexed_cells.customers >= 30 as has_enough_customers,
    cast(indexed_cells.orders as bigint) as orders,
    cast(indexed_cells.units_net as decimal(18, 4)) as units_net,
    cast(indexed_cells.net_revenue as decimal(18, 4)) as net_revenue_order_basis,
    cast(indexed_cells.segment_net_revenue as decimal(18, 4)) as segment_net_revenue,
    indexed_cells.segment_share,
    cast(indexed_cells.category_net_revenue as decimal(18, 4)) as category_net_revenue,
    cast(indexed_cells.month_net_revenue as decimal(18, 4)) as month_net_revenue,
    indexed_cells.base_share,
    100 * indexed_cells.segment_share / indexed_cells.base_share as affinity_index,
    100 * earlier_cells.segment_share / earlier_cells.base_share as affinity_index_3m_before,
    100 * indexed_cells.segment_share / indexed_cells.base_share
    - 100 * earlier_cells.segment_share / earlier_cells.base_share as affinity_change_3m
from indexed_cells
inner join months
    on indexed_cells.month = months.month
left join indexed_cells as earlier_cells
    on
        indexed_cells.segment = earlier_cells.segment
        and indexed_cells.category = earlier_cells.category
        and indexed_cells.month = cast(earlier_cells.month + interval 3 month as date)
