{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'web_events') }}

)

select
    _source as source,
    event_id,
    session_id,
    lower(trim(event_type)) as event_type,
    product_id,
    occurred_at
from source
where event_id is not null
