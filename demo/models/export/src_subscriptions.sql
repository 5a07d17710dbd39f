{{ config(
    materialized='external',
    location=var('output') ~ '/subscriptions.' ~ var('format'),
    format=var('format'),
) }}

select
    'b' || customer_no as subscription_id,
    'c' || customer_no as customer_id,
    plan,
    started_at,
    trial_ends_at,
    first_paid_at,
    cancelled_at,
    cancel_reason,
    {{ money('amount_cents') }} as amount,
    currency
from {{ ref('gen_subscriptions') }}
order by customer_no
