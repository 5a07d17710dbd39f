{{ config(
    materialized='external',
    location=var('output') ~ '/payments.' ~ var('format'),
    format=var('format'),
) }}

select
    'y' || order_key || '-' || part_no as payment_id,
    'o' || order_key as order_id,
    tried_at as paid_at,
    payment_method as method,
    {{ money('amount_cents') }} as amount,
    currency,
    installments,
    status,
    {{ money('fee_cents') }} as fee_amount
from {{ ref('gen_payments') }}
order by order_key, part_no
