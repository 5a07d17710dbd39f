{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'sessions') }}

),

cleaned as (

    select
        'canonical' as source,
        session_id,
        visitor_id,
        customer_id,
        started_at,
        ended_at,
        source as utm_source,
        medium as utm_medium,
        campaign as utm_campaign,
        lower(trim(device)) as device,
        region_id,
        landing_page,
        pageviews,
        coalesce(is_bot, false) as is_bot
    from source
    where session_id is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'session_id'],
    ['ended_at desc nulls last', 'pageviews desc nulls last', 'started_at'],
) }}
