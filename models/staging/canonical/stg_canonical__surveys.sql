{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'surveys') }}

)

select
    _source as source,
    response_id,
    lower(trim(survey_type)) as survey_type,
    customer_id,
    order_id,
    sent_at,
    responded_at,
    score,
    comment,
    wave
from source
where response_id is not null
