-- What adds up does: stores, channels and their cells sum to the whole, and the months to the days. Before
-- the first sale there are days (of an order that was cancelled), and no months.
with

slices as (

    select
        month,
        case
            when store_id = '(all)' and channel = '(all)' then 'whole'
            when store_id = '(all)' then 'channels'
            when channel = '(all)' then 'stores'
            else 'cells'
        end as slice,
        sum(orders) as orders,
        sum(anonymous_orders) as anonymous_orders,
        sum(new_customers) as new_customers,
        sum(gross_revenue) as gross_revenue,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        sum(total_sales) as total_sales
    from {{ ref('agg_kpis_monthly') }}
    group by 1, 2

),

days as (

    select
        cast(date_trunc('month', date) as date) as month,
        'days' as slice,
        sum(orders) as orders,
        sum(anonymous_orders) as anonymous_orders,
        sum(new_customers) as new_customers,
        sum(gross_revenue) as gross_revenue,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        sum(total_sales) as total_sales
    from {{ ref('fct_kpis_daily') }}
    group by 1

),

parts as (

    select * from slices where slice <> 'whole'
    union all
    select * from days

)

select
    parts.month,
    parts.slice
from parts
left join slices as whole
    on
        parts.month = whole.month
        and whole.slice = 'whole'
where
    parts.orders is distinct from coalesce(whole.orders, 0)
    or parts.anonymous_orders is distinct from coalesce(whole.anonymous_orders, 0)
    or parts.new_customers is distinct from coalesce(whole.new_customers, 0)
    or parts.gross_revenue is distinct from coalesce(whole.gross_revenue, 0)
    or parts.refund_amount is distinct from coalesce(whole.refund_amount, 0)
    or parts.net_revenue is distinct from coalesce(whole.net_revenue, 0)
    or parts.net_revenue_order_basis is distinct from coalesce(whole.net_revenue_order_basis, 0)
    or parts.total_sales is distinct from coalesce(whole.total_sales, 0)
