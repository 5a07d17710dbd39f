-- Where all came from, and where all went, are the segments of the two months.
with

moves as (

    select * from {{ ref('agg_rfm_migration') }}

),

segments as (

    select * from {{ ref('agg_rfm_monthly') }}

),

arrivals as (

    select
        month,
        preset,
        to_segment as segment,
        sum(customers) as customers,
        sum(net_revenue) as net_revenue
    from moves
    where to_segment <> 'left'
    group by month, preset, to_segment

),

departures as (

    select
        cast(month - interval 1 month as date) as month,
        preset,
        from_segment as segment,
        sum(customers) as customers,
        sum(net_revenue_before) as net_revenue
    from moves
    where from_segment <> 'entered'
    group by month, preset, from_segment

)

select
    segments.month,
    segments.preset,
    segments.segment
from segments
left join arrivals using (month, preset, segment)
left join departures using (month, preset, segment)
where
    segments.customers is distinct from arrivals.customers
    or segments.net_revenue is distinct from arrivals.net_revenue
    or segments.customers <> departures.customers
    or segments.net_revenue <> departures.net_revenue
