{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'promotions') }}

)

select
    _source as source,
    promotion_id,
    code,
    lower(trim(promotion_type)) as promotion_type,
    lower(trim(value_type)) as value_type,
    value,
    starts_at,
    ends_at,
    channel_id
from source
where promotion_id is not null
