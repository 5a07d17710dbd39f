-- The lines that a refund pays back; a gesture of goodwill has none.
select
    refunds.order_key,
    row_number() over (partition by items.order_key order by items.line_no)::integer as line_no,
    items.line_no as order_line_no,
    items.product_no,
    items.quantity,
    items.net_cents,
    case when refunds.is_broken then 0 else items.quantity end as restocked_quantity
from {{ ref('gen_refunds') }} as refunds
inner join {{ ref('gen_order_items') }} as items on items.order_key = refunds.order_key
where
    refunds.kind in ('order', 'cancelled')
    or (refunds.kind = 'line' and items.line_no = 1)
