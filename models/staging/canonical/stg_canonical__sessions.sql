{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'sessions') }}

)

select
    _source as source,
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
