-- In every period the channels, customers and anonymous together, sum to the shop's orders and
-- revenue.
with

channels as (

    select
        period_grain,
        period_start,
        sum(orders) filter (where channel <> '(all)') as channel_orders,
        sum(orders) filter (where channel = '(all)') as orders,
        sum(gross_revenue) filter (where channel <> '(all)') as channel_gross_revenue,
        sum(gross_revenue) filter (where channel = '(all)') as gross_revenue,
        sum(net_revenue) filter (where channel <> '(all)') as channel_net_revenue,
        sum(net_revenue) filter (where channel = '(all)') as net_revenue
    from {{ ref('int_customer_periods') }}
    group by period_grain, period_start

),

grains as (

    select
        period_grain,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from channels
    group by period_grain

),

days as (

    select
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from {{ ref('fct_kpis_daily') }}

)

select
    period_grain,
    period_start
from channels
where
    channel_orders is distinct from orders
    or channel_gross_revenue is distinct from gross_revenue
    or channel_net_revenue is distinct from net_revenue
union all
select
    grains.period_grain,
    cast(null as date) as period_start
from grains
cross join days
where
    grains.orders is distinct from days.orders
    or grains.net_revenue is distinct from days.net_revenue
