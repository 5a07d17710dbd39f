{{ config(materialized='ephemeral') }}

with

customers as (

    select * from {{ source('olist', 'customers') }}

)

select
    _source as source,
    _source as system,
    customer_id as source_customer_key,
    customer_unique_id as customer_id
from customers
