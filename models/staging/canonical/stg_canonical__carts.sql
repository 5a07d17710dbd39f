{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'carts') }}

)

select
    _source as source,
    cart_id,
    session_id,
    customer_id,
    created_at,
    updated_at,
    checkout_started_at,
    order_id,
    value as cart_value,
    upper(trim(currency)) as currency
from source
where cart_id is not null
