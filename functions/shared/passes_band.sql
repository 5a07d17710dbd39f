(
    {{ function('as_number') }}(revenue_min) is null
    or (customer_id is not null and net_revenue >= {{ function('as_number') }}(revenue_min))
)
and (
    {{ function('as_number') }}(revenue_max) is null
    or (customer_id is not null and net_revenue <= {{ function('as_number') }}(revenue_max))
)
