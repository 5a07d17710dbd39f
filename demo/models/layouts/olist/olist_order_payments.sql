{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_order_payments_dataset.csv'),
    format='csv',
) }}

select
    {{ olist_id("'o' || payments.order_key") }} as order_id,
    payments.part_no as payment_sequential,
    case payments.payment_method
        when 'wallet' then 'debit_card'
        when 'bank_transfer' then 'boleto'
        when 'gift_card' then 'voucher'
        when 'cash' then 'not_defined'
        else 'credit_card'
    end as payment_type,
    payments.installments as payment_installments,
    {{ price_text('payments.amount_cents') }} as payment_value
from {{ ref('gen_payments') }} as payments
inner join {{ ref('olist_euro_orders') }} as orders on orders.order_key = payments.order_key
where payments.status = 'captured'
order by payments.order_key, payments.part_no
