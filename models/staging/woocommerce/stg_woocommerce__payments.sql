{{ config(materialized='ephemeral') }}

with

orders as (

    select *
    from {{ ref('stg_woocommerce__documents') }}
    where not is_refund and paid_at is not null

)

select
    source,
    order_id || '-1' as payment_id,
    order_id,
    paid_at,
    payment_method as method,
    total_amount as amount,
    cast(0 as decimal(18, 4)) as fee_amount,
    currency,
    'captured' as status
from orders
