with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

source_channels as (

    select * from {{ ref('stg_sales_channels') }}

),

channel_map as (

    select * from {{ ref('channel_map') }}

),

mapped_channels as (

    select
        channel,
        min(channel_group) as channel_group,
        bool_or(is_web) as is_web,
        bool_and(identity_reliable) as identity_reliable
    from channel_map
    group by channel

),

named_channels as (

    select
        coalesce(channel_map.channel, source_channels.channel_id) as channel,
        min(source_channels.channel_name) as channel_name,
        min(source_channels.channel_type) as channel_type
    from source_channels
    left join channel_map
        on lower(trim(source_channels.channel_id)) = channel_map.channel_id
    group by 1

),

channels as (

    select channel from orders
    union
    select channel from refunds
    union
    select channel from named_channels

)

select
    channels.channel,
    coalesce(named_channels.channel_name, channels.channel) as channel_name,
    coalesce(named_channels.channel_type, '(unknown)') as channel_type,
    coalesce(mapped_channels.channel_group, types.channel_group, '(unknown)') as channel_group,
    coalesce(mapped_channels.is_web, types.is_web, false) as is_web,
    coalesce(mapped_channels.identity_reliable, true) as identity_reliable,
    mapped_channels.channel is not null as is_mapped
from channels
left join named_channels
    on channels.channel = named_channels.channel
left join mapped_channels
    on channels.channel = mapped_channels.channel
left join channel_map as types
    on lower(trim(named_channels.channel_type)) = types.channel_id
