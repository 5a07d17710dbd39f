-- Trap 28: the first purchase day is not a repeat, and everybody who can be followed is judged once.
select
    customers.customer_id,
    customers.purchase_days,
    clv.x
from {{ ref('dim_customers') }} as customers
full join {{ ref('fct_customer_clv') }} as clv
    on customers.customer_id = clv.customer_id
where
    coalesce(customers.orders > 0 and customers.identity_reliable, true)
    and (
        clv.x is distinct from customers.purchase_days - 1
        or clv.p_alive not between 0 and 1
        or clv.expected_orders_30d > clv.expected_orders_90d
        or clv.expected_orders_90d > clv.expected_orders_365d
        or (clv.x = 0 and clv.repeat_order_value is not null)
    )
