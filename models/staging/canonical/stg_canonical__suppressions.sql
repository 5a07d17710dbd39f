{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'suppressions') }}

)

select
    _source as source,
    customer_id,
    lower(trim(email_hash)) as email_hash,
    reason,
    suppressed_at
from source
