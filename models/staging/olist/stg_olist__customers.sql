{{ config(materialized='ephemeral') }}

with

customers as (

    select * from {{ source('olist', 'customers') }}

)

select
    _source as source,
    customer_unique_id as customer_id,
    false as is_guest,
    arg_max(customer_city, customer_id) as city,
    arg_max(customer_state, customer_id) as region_id,
    'BR' as country_code,
    arg_max(customer_zip_code_prefix, customer_id) as postal_code
from customers
group by _source, customer_unique_id
