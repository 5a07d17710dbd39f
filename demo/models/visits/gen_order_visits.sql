-- The visit that led to each order in the web shop, and where it came from.
with orders as (

    select
        order_key,
        purchase_no,
        origin,
        ordered_at,
        acquisition_channel,
        {{ digest('visit', 'order_key') }} as visit_digest
    from {{ ref('gen_orders') }}
    where channel_id = 'web'

),

draws as (

    select
        *,
        {{ draw('visit_digest') }} as source_draw,
        {{ draw('visit_digest', 2) }} as length_draw,
        {{ draw('visit_digest', 3) }} as device_draw
    from orders

),

channels as (

    -- a newcomer arrives through the channel of acquisition, others more directly
    select
        *,
        case
            when origin = 'campaign' then 'email'
            when purchase_no = 1 and acquisition_channel != 'marketplace' then acquisition_channel
            when source_draw < 0.34 then 'direct'
            when source_draw < 0.56 then 'email'
            when source_draw < 0.78 then 'organic'
            when source_draw < 0.91 then 'paid_search'
            else 'paid_social'
        end as channel
    from draws

)

select
    channels.order_key,
    's' || channels.order_key as session_id,
    channels.channel,
    laws.utm_source,
    laws.utm_medium,
    {{ visit_campaign('channels.order_key', 'channels.channel', 'channels.ordered_at') }} as utm_campaign,
    case
        when channels.device_draw < 0.55 then 'mobile'
        when channels.device_draw < 0.93 then 'desktop'
        else 'tablet'
    end as device,
    -- it began some minutes before the order
    channels.ordered_at - to_seconds(180 + floor(channels.length_draw * 1500)::bigint) as started_at,
    channels.ordered_at
from channels
inner join {{ ref('law_channels') }} as laws on laws.channel = channels.channel
