-- Trap 26: nobody is called lapsed before the window is over and that day was seen.
select
    customers.customer_id,
    customers.last_order_date,
    customers.lapsed_date
from {{ ref('dim_customers') }} as customers
cross join {{ ref('int_as_of') }} as as_of
left join {{ ref('int_customer_windows') }} as windows
    on customers.customer_id = windows.customer_id
where
    customers.is_lapsed <> (customers.lapsed_date is not null)
    or customers.lapsed_date >= as_of.as_of
    or customers.lapsed_date <> customers.last_order_date + {{ churn_window() }} + 1
