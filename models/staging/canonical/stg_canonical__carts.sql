{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'carts') }}

),

cleaned as (

    select
        'canonical' as source,
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

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'cart_id'],
    [
        'order_id nulls last',
        'updated_at desc nulls last',
        'checkout_started_at desc nulls last',
        'created_at desc nulls last',
    ],
) }}
