-- The segments of a month hold everybody who was scored, and their money.
with

segments as (

    select
        month,
        preset,
        sum(customers) as customers,
        max(base_customers) as base_customers,
        sum(net_revenue) as net_revenue
    from {{ ref('agg_rfm_monthly') }}
    group by month, preset

),

snapshots as (

    select
        month,
        preset,
        count(*) as customers,
        max(base_n) as base_n,
        sum(net_revenue) as net_revenue
    from {{ ref('fct_rfm_snapshots') }}
    group by month, preset

)

select *
from segments
full join snapshots
    on
        segments.month = snapshots.month
        and segments.preset = snapshots.preset
where
    segments.customers is distinct from snapshots.customers
    or segments.base_customers is distinct from snapshots.base_n
    or segments.customers is distinct from snapshots.base_n
    or segments.net_revenue is distinct from snapshots.net_revenue
