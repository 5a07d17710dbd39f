with

touches as (

    select * from {{ ref('int_touches') }}

),

sessions as (

    select * from {{ ref('stg_sessions') }}

),

events as (

    select * from {{ ref('stg_web_events') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

source_orders as (

    select * from {{ ref('stg_orders') }}

),

channels as (

    select * from {{ ref('dim_channels') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- The furthest step of a visit counts for all steps before it: a visit that bought has viewed.
furthest as (

    select
        events.session_id,
        max(
            case events.event_type
                when 'product_view' then 1
                when 'add_to_cart' then 2
                when 'checkout' then 3
                when 'purchase' then 4
                else 0
            end
        ) as step
    from events
    cross join as_of
    where {{ local_date('events.occurred_at') }} < as_of.as_of
    group by events.session_id

),

-- An order of no known channel that names its visit came from it.
session_orders as (

    select
        source_orders.session_id,
        count(*) as orders,
        sum(orders.revenue_before_refunds) as revenue
    from orders
    inner join source_orders
        on orders.order_id = source_orders.order_id
    inner join channels
        on orders.channel = channels.channel
    where
        orders.is_valid
        and (channels.is_web or orders.channel = '(unknown)')
        and source_orders.session_id is not null
    group by source_orders.session_id

),

visits as (

    select
        touches.touch_date as date,
        touches.device,
        touches.marketing_channel as channel,
        touches.session_id,
        coalesce(sessions.visitor_id, touches.session_id) as visitor_id,
        touches.customer_id,
        coalesce(sessions.pageviews, 0) as pageviews,
        greatest(
            coalesce(furthest.step, 0),
            case when session_orders.session_id is not null then 4 else 0 end
        ) as step,
        coalesce(session_orders.orders, 0) as orders,
        coalesce(session_orders.revenue, 0) as revenue
    from touches
    inner join sessions
        on touches.session_id = sessions.session_id
    left join furthest
        on touches.session_id = furthest.session_id
    left join session_orders
        on touches.session_id = session_orders.session_id

)

select
    date,
    device,
    channel,
    count(*) as sessions,
    count(distinct visitor_id) as visitors,
    count(*) filter (where customer_id is not null) as known_sessions,
    cast(sum(pageviews) as bigint) as pageviews,
    count(*) filter (where step >= 1) as product_view_sessions,
    count(*) filter (where step >= 2) as cart_sessions,
    count(*) filter (where step >= 3) as checkout_sessions,
    count(*) filter (where step >= 4) as purchase_sessions,
    count(distinct case when step >= 4 then visitor_id end) as buying_visitors,
    cast(sum(orders) as bigint) as orders,
    cast(sum(revenue) as decimal(18, 4)) as revenue
from visits
group by date, device, channel
