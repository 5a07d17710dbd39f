{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'payments') }}

)

select
    _source as source,
    payment_id,
    order_id,
    paid_at,
    method,
    amount,
    coalesce(fee_amount, 0) as fee_amount,
    upper(trim(currency)) as currency,
    installments,
    lower(trim(status)) as status
from source
where payment_id is not null
