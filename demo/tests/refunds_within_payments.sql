-- No refund is larger than what was paid, older than the payment, or different from its parts.
with paid as (

    select
        order_key,
        sum(amount_cents) as paid_cents,
        max(paid_at) as paid_at
    from {{ ref('gen_payments') }}
    where status = 'captured'
    group by order_key

),

items as (

    select
        order_key,
        sum(net_cents) as item_cents
    from {{ ref('gen_refund_items') }}
    group by order_key

)

select refunds.order_key
from {{ ref('gen_refunds') }} as refunds
left join paid on paid.order_key = refunds.order_key
left join items on items.order_key = refunds.order_key
where
    paid.order_key is null
    or refunds.amount_cents > paid.paid_cents
    or refunds.refunded_at < paid.paid_at
    or refunds.amount_cents is distinct from
        coalesce(items.item_cents, 0)
        + refunds.tax_cents + refunds.shipping_cents + refunds.goodwill_cents
