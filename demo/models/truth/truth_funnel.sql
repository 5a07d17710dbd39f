-- Steps of the web visits by channel and device, without robots, beside the law's share of visits
-- that buy. The law is about the visits before wanted and caused orders; trials, gift cards and
-- refused cards come on top.
with sessions as (

    select
        sessions.*,
        orders.origin in ('own', 'promotion', 'campaign') as is_lawful
    from {{ ref('gen_sessions') }} as sessions
    inner join {{ ref('gen_orders') }} as orders on orders.order_key = sessions.order_key
    where not sessions.is_bot

),

laws as (

    select
        channels.channel,
        device.device,
        least(0.98, channels.session_conversion * device.factor) as conversion
    from {{ ref('law_channels') }} as channels
    cross join (values ('mobile', 0.75), ('desktop', 1.2), ('tablet', 1.0)) as device (device, factor)

)

select
    sessions.channel,
    sessions.device,
    count(*) as sessions,
    count(*) filter (where sessions.depth >= 2) as product_sessions,
    count(*) filter (where sessions.depth >= 3) as cart_sessions,
    count(*) filter (where sessions.depth >= 4) as checkout_sessions,
    count(*) filter (where sessions.depth = 5) as order_sessions,
    count(*) filter (where sessions.is_lawful) as lawful_sessions,
    count(*) filter (where sessions.is_lawful and sessions.depth = 5) as lawful_order_sessions,
    round(
        laws.conversion / (laws.conversion + {{ var('idle_visits') }} * (1 - laws.conversion)), 6
    ) as lawful_conversion
from sessions
inner join laws
    on laws.channel = sessions.channel
    and laws.device = sessions.device
group by sessions.channel, sessions.device, laws.conversion
