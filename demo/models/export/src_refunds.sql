{{ config(
    materialized='external',
    location=var('output') ~ '/refunds.' ~ var('format'),
    format=var('format'),
) }}

select
    'r' || refunds.order_key as refund_id,
    'o' || refunds.order_key as order_id,
    {{ booked_customer('customers', 'orders.purchase_no', 'orders.origin') }} as customer_id,
    refunds.refunded_at,
    {{ booked('refunds.amount_cents') }} as amount,
    {{ booked_currency('orders.currency') }} as currency,
    refunds.reason,
    {{ booked('refunds.tax_cents') }} as tax_amount,
    {{ booked('refunds.shipping_cents') }} as shipping_amount,
    false as is_date_estimated
from {{ ref('gen_refunds') }} as refunds
inner join {{ ref('gen_orders') }} as orders on orders.order_key = refunds.order_key
inner join {{ ref('gen_customers') }} as customers on customers.customer_no = refunds.customer_no
{{ join_defects('refunds.order_key') }}
where {{ in_window('refunds.refunded_at') }}
order by refunds.order_key
