-- Trap 7: what is not valid brings nothing.
select order_id
from {{ ref('fct_orders') }}
where
    not is_valid
    and (
        gross_revenue <> 0
        or discount_amount <> 0
        or revenue_before_refunds <> 0
        or refund_amount_order_basis <> 0
        or net_revenue_order_basis <> 0
        or shipping_amount <> 0
        or tax_amount <> 0
        or total_sales_order_basis <> 0
        or contribution_order_basis <> 0
        or order_number is not null
        or is_new
    )
