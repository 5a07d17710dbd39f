-- What customers did day by day is the shop's, less the anonymous.
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

days as (

    select
        date,
        sum(orders - anonymous_orders) as orders,
        sum(gross_revenue - anonymous_gross_revenue) as gross_revenue,
        sum(net_revenue - anonymous_net_revenue) as net_revenue
    from {{ ref('fct_kpis_daily') }}
    group by date

)

select days.date
from days
left join customer_days
    on days.date = customer_days.date
where
    days.orders is distinct from coalesce(customer_days.orders, 0)
    or days.gross_revenue is distinct from coalesce(customer_days.gross_revenue, 0)
    or days.net_revenue is distinct from coalesce(customer_days.net_revenue, 0)
