with

orders as (

    select * from {{ ref('int_order_regions') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

regions as (

    select * from {{ ref('int_regions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

order_rows as (

    select
        cast(date_trunc('month', order_date) as date) as month,
        country_code,
        region_id,
        1 as orders,
        case when is_anonymous then 1 else 0 end as anonymous_orders,
        customer_id,
        units - refunded_units as units_net,
        gross_revenue,
        net_revenue_order_basis,
        revenue_before_refunds,
        cast(0 as decimal(18, 4)) as refund_amount
    from orders
    where is_valid

),

-- A refund counts where its order was sent; without an order where the refund itself says.
refund_rows as (

    select
        cast(date_trunc('month', refunds.refund_date) as date) as month,
        coalesce(orders.country_code, refunds.country_code, '(unknown)') as country_code,
        coalesce(orders.region_id, '(unknown)') as region_id,
        0 as orders,
        0 as anonymous_orders,
        cast(null as varchar) as customer_id,
        cast(0 as decimal(18, 4)) as units_net,
        cast(0 as decimal(18, 4)) as gross_revenue,
        cast(0 as decimal(18, 4)) as net_revenue_order_basis,
        cast(0 as decimal(18, 4)) as revenue_before_refunds,
        refunds.refund_amount
    from refunds
    left join orders
        on refunds.order_id = orders.order_id
    where refunds.is_counted

),

rows_of_both as (

    select * from order_rows
    union all
    select * from refund_rows

),

sums as (

    select
        month,
        case when grouping(country_code) = 1 then '(all)' else country_code end as country_code,
        case when grouping(region_id) = 1 then '(all)' else region_id end as region_id,
        cast(sum(orders) as bigint) as orders,
        cast(sum(anonymous_orders) as bigint) as anonymous_orders,
        count(distinct customer_id) as customers,
        cast(sum(units_net) as decimal(18, 4)) as units_net,
        cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(revenue_before_refunds) as decimal(18, 4)) as revenue_before_refunds,
        cast(sum(refund_amount) as decimal(18, 4)) as refund_amount,
        cast(sum(net_revenue_order_basis) as decimal(18, 4)) as net_revenue_order_basis
    from rows_of_both
    group by grouping sets ((month), (month, country_code), (month, country_code, region_id))

)

select
    sums.month,
    sums.country_code,
    sums.region_id,
    coalesce(regions.region_name, sums.region_id) as region_name,
    last_day(sums.month) < as_of.as_of as is_complete,
    sums.orders,
    sums.anonymous_orders,
    sums.customers,
    sums.units_net,
    sums.gross_revenue,
    cast(sums.gross_revenue - sums.revenue_before_refunds as decimal(18, 4)) as discount_amount,
    sums.refund_amount,
    cast(sums.revenue_before_refunds - sums.refund_amount as decimal(18, 4)) as net_revenue,
    sums.net_revenue_order_basis,
    {{ ratio('sums.net_revenue_order_basis', 'sums.orders') }} as aov,
    regions.population,
    regions.population_year,
    {{ ratio('1000 * sums.orders', 'regions.population') }} as orders_per_1000
from sums
cross join as_of
left join regions
    on
        case when sums.region_id = '(all)' then 'country' else 'region' end = regions.level
        and case when sums.region_id = '(all)' then sums.country_code else sums.region_id end
        = regions.region_id
