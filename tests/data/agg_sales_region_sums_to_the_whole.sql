-- Regions sum to their country, countries to the whole, and the whole is that of the months' figures.
with

slices as (

    select
        month,
        case
            when country_code = '(all)' then 'whole'
            when region_id = '(all)' then 'countries'
            else 'regions'
        end as slice,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(net_revenue_order_basis) as net_revenue_order_basis
    from {{ ref('agg_sales_region') }}
    group by 1, 2

),

months as (

    select
        month,
        'months' as slice,
        orders,
        gross_revenue,
        refund_amount,
        net_revenue,
        net_revenue_order_basis
    from {{ ref('agg_kpis_monthly') }}
    where store_id = '(all)' and channel = '(all)'

),

parts as (

    select * from slices where slice <> 'whole'
    union all
    select * from months

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
    or parts.gross_revenue is distinct from coalesce(whole.gross_revenue, 0)
    or parts.refund_amount is distinct from coalesce(whole.refund_amount, 0)
    or parts.net_revenue is distinct from coalesce(whole.net_revenue, 0)
    or parts.net_revenue_order_basis is distinct from coalesce(whole.net_revenue_order_basis, 0)
