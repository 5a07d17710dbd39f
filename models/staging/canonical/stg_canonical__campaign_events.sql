{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'campaign_events') }}

)

select
    _source as source,
    campaign_id,
    customer_id,
    lower(trim(event_type)) as event_type,
    occurred_at
from source
where campaign_id is not null and customer_id is not null
