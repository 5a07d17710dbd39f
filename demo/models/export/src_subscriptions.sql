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
    {{ seen('first_paid_at') }} as first_paid_at,
    {{ seen('cancelled_at') }} as cancelled_at,
    case when {{ seen('cancelled_at') }} is not null then cancel_reason end as cancel_reason,
    {{ money('amount_cents') }} as amount,
    currency
from {{ ref('gen_subscriptions') }}
where {{ in_window('started_at', ['first_paid_at', 'cancelled_at']) }}
order by customer_no
