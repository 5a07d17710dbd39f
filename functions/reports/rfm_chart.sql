with

customers as (

    select *
    from {{ function('rfm') }}(
        start_date, end_date, preset := preset, scope := scope, {{ same_filters() }}, {{ same_band() }}
    )

),

segments as (

    select * from {{ ref('rfm_segments') }}
    union all
    select * from {{ ref('rfm_segments_custom') }}

),

-- A segment may have several rows of bounds; its place is the same in all.
segment_places as (

    select
        segments.preset,
        segments.segment,
        min(segments.sort) as sort
    from segments
    group by segments.preset, segments.segment

),

segment_sums as (

    select
        customers.preset,
        customers.segment,
        count(*) as customers,
        cast(sum(customers.orders) as bigint) as orders,
        cast(sum(customers.net_revenue) as decimal(18, 4)) as net_revenue,
        cast(avg(customers.recency_days) as double) as avg_recency_days,
        cast(avg(customers.frequency) as double) as avg_frequency,
        cast(avg(customers.monetary) as double) as avg_monetary
    from customers
    group by customers.preset, customers.segment

),

shared_sums as (

    select
        segment_sums.preset,
        segment_sums.segment,
        segment_sums.customers,
        segment_sums.orders,
        segment_sums.net_revenue,
        segment_sums.avg_recency_days,
        segment_sums.avg_frequency,
        segment_sums.avg_monetary,
        cast(sum(segment_sums.customers) over () as bigint) as all_customers,
        cast(sum(segment_sums.net_revenue) over () as decimal(18, 4)) as all_net_revenue
    from segment_sums

)

select
    shared_sums.segment,
    shared_sums.customers,
    shared_sums.all_customers,
    {{ ratio('shared_sums.customers', 'shared_sums.all_customers') }} as share,
    shared_sums.orders,
    shared_sums.net_revenue,
    shared_sums.all_net_revenue,
    {{ ratio('shared_sums.net_revenue', 'shared_sums.all_net_revenue') }} as net_revenue_share,
    shared_sums.avg_recency_days,
    shared_sums.avg_frequency,
    shared_sums.avg_monetary
from shared_sums
left join segment_places
    on
        shared_sums.preset = segment_places.preset
        and shared_sums.segment = segment_places.segment
order by segment_places.sort nulls last, shared_sums.segment
