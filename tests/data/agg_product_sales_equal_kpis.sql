-- The products of a month are the shop's month, whatever was sold without a product.
with

products as (

    select
        month,
        sum(units) as units,
        sum(gross_revenue) as gross_revenue,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue
    from {{ ref('agg_product_sales') }}
    group by month

),

kpis as (

    select *
    from {{ ref('agg_kpis_monthly') }}
    where store_id = '(all)' and channel = '(all)'

)

select kpis.month
from kpis
left join products
    on kpis.month = products.month
where
    kpis.units is distinct from coalesce(products.units, 0)
    or kpis.gross_revenue is distinct from coalesce(products.gross_revenue, 0)
    or kpis.refund_amount is distinct from coalesce(products.refund_amount, 0)
    or kpis.net_revenue is distinct from coalesce(products.net_revenue, 0)
