with

snapshots as (

    select * from {{ ref('fct_rfm_snapshots') }}

),

months as (

    select * from {{ ref('int_months') }}

),

segments as (

    select
        month,
        preset,
        segment,
        count(*) as customers,
        cast(sum(orders) as bigint) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue,
        cast(sum(recency_days) as bigint) as total_recency_days
    from snapshots
    group by month, preset, segment

),

bases as (

    select
        *,
        cast(sum(customers) over (partition by month, preset) as bigint) as base_customers,
        sum(net_revenue) over (partition by month, preset) as base_net_revenue
    from segments

)

select
    bases.month,
    bases.preset,
    bases.segment,
    months.as_of,
    months.is_complete,
    bases.customers,
    bases.base_customers,
    {{ ratio('bases.customers', 'bases.base_customers') }} as customer_share,
    bases.orders,
    bases.gross_revenue,
    bases.net_revenue,
    bases.base_net_revenue,
    {{ ratio('bases.net_revenue', 'bases.base_net_revenue') }} as net_revenue_share,
    bases.total_recency_days,
    {{ ratio('bases.total_recency_days', 'bases.customers') }} as average_recency_days
from bases
inner join months
    on bases.month = months.month
