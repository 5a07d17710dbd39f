{{ config(
    materialized='external',
    location=var('output') ~ '/payments.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

select
    'y' || payments.order_key || '-' || payments.part_no as payment_id,
    'o' || payments.order_key as order_id,
    payments.tried_at as paid_at,
    payments.payment_method as method,
    {{ booked('payments.amount_cents') }} as amount,
    {{ booked_currency('payments.currency') }} as currency,
    payments.installments,
    payments.status,
    {{ booked('payments.fee_cents') }} as fee_amount
from {{ ref('gen_payments') }} as payments
{{ join_defects('payments.order_key') }}
{%- if var('dirt') > 0 %}
cross join (values (1), (2)) as copies (copy_no)
where
    (copies.copy_no = 1 or (defects.kind = 'duplicate_payment' and payments.part_no = 1))
    and {{ in_window('payments.tried_at') }}
{%- else %}
where {{ in_window('payments.tried_at') }}
{%- endif %}
order by payments.order_key, payments.part_no
