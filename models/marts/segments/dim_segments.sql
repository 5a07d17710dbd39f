with

segments as (

    select * from {{ ref('int_segments') }}

),

members as (

    select * from {{ ref('bridge_customer_segments') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

member_sums as (

    select
        members.segment_key,
        count(*) as customers,
        count(*) filter (where customers.is_mailable) as mailable_customers,
        sum(customers.net_revenue) as net_revenue,
        sum(customers.trailing_365_net_revenue) as net_revenue_365d
    from members
    inner join customers
        on members.customer_id = customers.customer_id
    group by members.segment_key

)

select
    segments.segment_key,
    segments.kind,
    segments.segment,
    segments.label_en,
    segments.label_pt,
    segments.label_ro,
    segments.label_pl,
    segments.label_ar,
    segments.predicate,
    segments.description,
    segments.coupon_code,
    segments.colour,
    segments.sort,
    as_of.as_of,
    coalesce(member_sums.customers, 0) as customers,
    coalesce(member_sums.mailable_customers, 0) as mailable_customers,
    cast(coalesce(member_sums.net_revenue, 0) as decimal(18, 4)) as net_revenue,
    cast(coalesce(member_sums.net_revenue_365d, 0) as decimal(18, 4)) as net_revenue_365d
from segments
left join as_of
    on true
left join member_sums
    on segments.segment_key = member_sums.segment_key
