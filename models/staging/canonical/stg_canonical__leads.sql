{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'leads') }}

)

select
    _source as source,
    lead_id,
    created_at,
    source as lead_source,
    campaign,
    region_id,
    lower(trim(status)) as status,
    converted_at,
    customer_id,
    quality
from source
where lead_id is not null
