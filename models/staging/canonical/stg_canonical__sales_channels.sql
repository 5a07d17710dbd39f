{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'sales_channels') }}

)

select
    _source as source,
    channel_id,
    channel_name,
    lower(trim(channel_type)) as channel_type
from source
where channel_id is not null
