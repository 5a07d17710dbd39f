-- Visits of the web shop. Each order has one; before it come the visits that led to nothing, a
-- geometric number by channel and device, so that conversion is the one of the law. depth: 1
-- landing, 2 product, 3 cart, 4 checkout, 5 order.
with visits as (

    select
        visits.order_key,
        orders.customer_no,
        orders.origin,
        customers.region_id,
        customers.is_guest,
        visits.channel,
        visits.device,
        visits.started_at,
        visits.ordered_at,
        {{ digest('session', 'visits.order_key') }} as session_digest,
        -- chance of a visit to end in an order
        least(0.98, laws.session_conversion * case visits.device
            when 'mobile' then 0.75
            when 'desktop' then 1.2
            else 1
        end) as conversion
    from {{ ref('gen_order_visits') }} as visits
    inner join {{ ref('gen_orders') }} as orders on orders.order_key = visits.order_key
    inner join {{ ref('gen_customers') }} as customers on customers.customer_no = orders.customer_no
    inner join {{ ref('law_channels') }} as laws on laws.channel = visits.channel

),

visit_draws as (

    select
        order_key,
        customer_no,
        origin,
        region_id,
        is_guest,
        channel,
        device,
        started_at,
        ordered_at,
        conversion,
        {{ draw('session_digest') }} as known_draw,
        {{ draw('session_digest', 2) }} as failures_draw,
        {{ draw('session_digest', 3) }} as pages_draw
    from visits

),

failures as (

    select
        order_key,
        customer_no,
        region_id,
        channel,
        device,
        ordered_at,
        unnest(range(1, 1 + least(2000, floor(
            ln(failures_draw)
            / ln(1 - conversion / (conversion + {{ var('idle_visits') }} * (1 - conversion)))
        ))::integer))::integer as visit_no
    from visit_draws
    where origin in ('own', 'promotion', 'campaign')

),

failure_digests as (

    select
        *,
        {{ digest('idle', 'order_key', 'visit_no') }} as idle_digest
    from failures

),

failure_draws as (

    select
        order_key,
        customer_no,
        region_id,
        channel,
        device,
        visit_no,
        {{ draw('idle_digest') }} as person_draw,
        -- in the fortnight before
        ordered_at - to_seconds(7200 + floor({{ draw('idle_digest', 2) }} * 14 * 86400)) as started_at,
        {{ draw('idle_digest', 3) }} as depth_draw
    from failure_digests

),

everything as (

    select
        order_key,
        0 as visit_no,
        customer_no,
        'c' || customer_no as visitor,
        not is_guest and known_draw < 0.9 as is_known,
        case when origin = 'failed' then 4 else 5 end as depth,
        region_id,
        channel,
        device,
        false as is_bot,
        greatest(started_at, timestamp '{{ var("start_date") }}') as started_at,
        least(ordered_at + interval 40 second, {{ end_of_time() }} - interval 1 second) as ended_at,
        5 + floor(pages_draw * 9)::integer as pageviews
    from visit_draws

    union all

    select
        order_key,
        visit_no,
        customer_no,
        case when person_draw < 0.5 then 'c' || customer_no else order_key || 'x' || visit_no end,
        person_draw < 0.3,
        case
            when depth_draw < 0.35 then 1
            when depth_draw < 0.72 then 2
            when depth_draw < 0.89 then 3
            else 4
        end,
        region_id,
        channel,
        device,
        false,
        started_at,
        started_at + to_seconds(20 + floor(depth_draw * 700)::bigint),
        1 + floor(depth_draw * 8)::integer
    from failure_draws

    union all

    -- one visit in fifty is a robot's
    select
        order_key,
        5000,
        customer_no,
        'robot' || order_key % 7,
        false,
        1,
        region_id,
        'direct',
        'desktop',
        true,
        started_at - interval 3 hour,
        started_at - interval 3 hour + interval 50 second,
        60
    from visit_draws
    where known_draw * 1000 % 1 < 0.04

)

select
    order_key,
    visit_no,
    customer_no,
    visitor,
    is_known,
    depth,
    region_id,
    channel,
    device,
    is_bot,
    started_at,
    ended_at,
    pageviews
from everything
where
    started_at >= timestamp '{{ var("start_date") }}'
    and ended_at < {{ end_of_time() }}
