{{ config(materialized='ephemeral') }}

with

payments as (

    select * from {{ source('olist', 'order_payments') }}

)

select
    _source as source,
    order_id || '-' || payment_sequential as payment_id,
    order_id,
    payment_type as method,
    payment_value as amount,
    cast(0 as decimal(18, 4)) as fee_amount,
    'BRL' as currency,
    payment_installments as installments,
    'captured' as status
from payments
