{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'customer_identities') }}

),

one_row_per_key as (

    select *
    from source
    where source_customer_key is not null
    qualify row_number() over (partition by source, source_customer_key order by customer_id) = 1

)

select
    source as system,
    source_customer_key,
    customer_id
from one_row_per_key
