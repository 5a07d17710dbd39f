-- Trap 25: the scored orders of each month's end, counted again from the orders themselves.
with

snapshots as (

    select
        as_of,
        preset,
        count(*) as customers,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue
    from {{ ref('fct_rfm_snapshots') }}
    group by as_of, preset

),

orders as (

    select
        order_date,
        count(*) as orders,
        sum(gross_revenue) as gross_revenue
    from {{ ref('fct_orders') }}
    where is_valid and identity_reliable
    group by order_date

),

recounted as (

    select
        snapshots.as_of,
        snapshots.preset,
        snapshots.orders,
        snapshots.gross_revenue,
        sum(orders.orders) as recounted_orders,
        sum(orders.gross_revenue) as recounted_gross_revenue
    from snapshots
    left join orders
        on
            orders.order_date < snapshots.as_of
            {% if var('rfm_window_days') is not none %}
            and orders.order_date >= snapshots.as_of - {{ var('rfm_window_days') }}
            {% endif %}
    group by snapshots.as_of, snapshots.preset, snapshots.orders, snapshots.gross_revenue

)

select *
from recounted
where
    orders is distinct from recounted_orders
    or gross_revenue is distinct from recounted_gross_revenue
