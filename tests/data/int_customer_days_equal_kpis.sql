-- What recognisable customers did day by day is what orders and refunds say of them.
with

customer_days as (

    select
        date,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue
    from {{ ref('int_customer_days') }}
    group by date

),

events as (

    select
        order_date as date,
        1 as orders,
        gross_revenue,
        revenue_before_refunds as net_revenue
    from {{ ref('fct_orders') }}
    where is_valid and identity_reliable
    union all
    select
        refund_date as date,
        0 as orders,
        0 as gross_revenue,
        -refund_amount as net_revenue
    from {{ ref('fct_refund_items') }}
    where is_counted and identity_reliable

),

days as (

    select
        date,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue
    from events
    group by date

)

select coalesce(days.date, customer_days.date) as date
from days
full join customer_days
    on days.date = customer_days.date
where
    days.orders is distinct from customer_days.orders
    or days.gross_revenue is distinct from customer_days.gross_revenue
    or days.net_revenue is distinct from customer_days.net_revenue
