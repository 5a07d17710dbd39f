-- Nobody is called lapsed before the window is over and that day was seen.
select
    customers.customer_id,
    customers.last_order_date,
    customers.lapsed_date
from {{ ref('dim_customers') }} as customers
cross join {{ ref('int_as_of') }} as as_of
where
    customers.is_lapsed <> (customers.lapsed_date is not null)
    or customers.lapsed_date >= as_of.as_of
    or customers.lapsed_date <> customers.last_order_date + {{ var('churn_window_days') }} + 1
