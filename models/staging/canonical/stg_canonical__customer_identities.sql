{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'customer_identities') }}

)

select
    _source as source,
    source as system,
    source_customer_key,
    customer_id
from source
where source_customer_key is not null
