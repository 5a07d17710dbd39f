{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'payments') }}

),

one_row_per_key as (

    select *
    from source
    where payment_id is not null
    qualify row_number() over (
        partition by payment_id
        order by paid_at desc nulls last, status, order_id, amount, fee_amount, currency, method
    ) = 1

)

select
    payment_id,
    order_id,
    paid_at,
    method,
    amount,
    coalesce(fee_amount, 0) as fee_amount,
    upper(trim(currency)) as currency,
    installments,
    lower(trim(status)) as status
from one_row_per_key
