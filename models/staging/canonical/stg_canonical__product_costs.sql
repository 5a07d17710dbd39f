{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'product_costs') }}

)

select
    _source as source,
    product_id,
    valid_from,
    unit_cost,
    upper(trim(currency)) as currency
from source
where product_id is not null and valid_from is not null
