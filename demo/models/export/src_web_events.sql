{{ config(
    materialized='external',
    location=var('output') ~ '/web_events.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

-- How far each visit went; robots and visits that only landed leave nothing but their session.
with first_things as (

    select
        order_key,
        visit_no,
        min_by(product_no, line_no) as product_no
    from {{ ref('gen_carts') }}
    group by order_key, visit_no

),

steps (step_no, event_type) as (

    values (2, 'product_view'), (3, 'add_to_cart'), (4, 'checkout'), (5, 'purchase')

),

viewed as (

    -- the thing that lies in the cart, or any
    select
        sessions.*,
        coalesce(
            first_things.product_no,
            100 * (1 + (sessions.order_key // 10 + sessions.visit_no) % 36)
            + 1 + (sessions.order_key // 10) % 12
        ) as product_no,
        epoch(sessions.ended_at - sessions.started_at)::bigint as seconds
    from {{ ref('gen_sessions') }} as sessions
    left join first_things
        on first_things.order_key = sessions.order_key
        and first_things.visit_no = sessions.visit_no

),

events as (

    select
        viewed.order_key,
        viewed.visit_no,
        steps.step_no,
        steps.event_type,
        viewed.product_no,
        viewed.started_at + to_seconds(case steps.step_no
            when 2 then viewed.seconds // 6
            when 3 then viewed.seconds // 3
            when 4 then viewed.seconds * 2 // 3
            else viewed.seconds
        end) as occurred_at
    from viewed
    inner join steps on steps.step_no <= viewed.depth

)

select
    {{ visit_key('s', 'events') }} || '.' || step_no as event_id,
    {{ visit_key('s', 'events') }} as session_id,
    event_type,
    case when step_no <= 3 then {{ product_key('product_no') }} end as product_id,
    occurred_at
from events
where {{ in_window('occurred_at') }}
order by order_key, visit_no, step_no
