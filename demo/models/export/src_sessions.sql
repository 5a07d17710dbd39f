{{ config(
    materialized='external',
    location=var('output') ~ '/sessions.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

select
    {{ visit_key('s', 'sessions') }} as session_id,
    'v' || sessions.visitor as visitor_id,
    case when sessions.is_known then 'c' || sessions.customer_no end as customer_id,
    sessions.started_at,
    {{ seen('sessions.ended_at') }} as ended_at,
    laws.utm_source as source,
    laws.utm_medium as medium,
    case
        when sessions.visit_no = 0
            then {{ visit_campaign('sessions.order_key', 'sessions.channel', 'sessions.started_at') }}
        else {{ campaign_name('sessions.channel', 'sessions.started_at') }}
    end as campaign,
    sessions.device,
    sessions.region_id,
    case when sessions.depth = 1 then '/' else '/shop' end as landing_page,
    sessions.pageviews,
    sessions.is_bot
from {{ ref('gen_sessions') }} as sessions
inner join {{ ref('law_channels') }} as laws on laws.channel = sessions.channel
where {{ in_window('sessions.started_at', ['sessions.ended_at']) }}
order by sessions.order_key, sessions.visit_no
