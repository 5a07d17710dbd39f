{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'product_costs') }}

),

one_row_per_key as (

    select *
    from source
    where product_id is not null and valid_from is not null
    qualify row_number() over (partition by product_id, valid_from order by currency, unit_cost) = 1

)

select
    product_id,
    valid_from,
    unit_cost,
    upper(trim(currency)) as currency
from one_row_per_key
