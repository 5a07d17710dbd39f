with

customer_months as (

    select * from {{ ref('int_customer_months') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

months as (

    select * from {{ ref('int_months') }}

),

-- Everybody once, before the splits: they see cells, not customers.
cell_sums as (

    select
        customer_months.cohort_month,
        customer_months.month_number,
        first_orders.channel,
        first_orders.country_code,
        first_orders.category,
        count(*) as customers,
        count(*) filter (where customer_months.orders > 0) as active_customers,
        sum(customer_months.orders) as orders,
        sum(customer_months.gross_revenue) as gross_revenue,
        sum(customer_months.net_revenue) as net_revenue
    from customer_months
    inner join first_orders
        on customer_months.customer_id = first_orders.customer_id
    group by
        customer_months.cohort_month,
        customer_months.month_number,
        first_orders.channel,
        first_orders.country_code,
        first_orders.category

),

month_sums as (

    select
        cohort_month,
        month_number,
        case
            when grouping(channel) = 0 then 'channel'
            when grouping(country_code) = 0 then 'country'
            when grouping(category) = 0 then 'category'
            else 'all'
        end as split_by,
        coalesce(channel, country_code, category, '(all)') as split,
        cast(sum(customers) as bigint) as customers,
        cast(sum(active_customers) as bigint) as active_customers,
        cast(sum(orders) as bigint) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue
    from cell_sums
    group by grouping sets (
        (cohort_month, month_number),
        (cohort_month, month_number, channel),
        (cohort_month, month_number, country_code),
        (cohort_month, month_number, category)
    )

),

cohorts as (

    select
        cohort_month,
        split_by,
        split,
        customers as cohort_size
    from month_sums
    where month_number = 0

),

-- Every cohort gets the same months, at least one beyond its own: the future is seen to be unknown.
month_numbers as (

    select unnest(
        generate_series(0, greatest(date_diff('month', min(month), max(month)), 1))
    ) as month_number
    from months
    having count(*) > 0

),

cells as (

    select
        cohorts.cohort_month,
        cohorts.split_by,
        cohorts.split,
        cohorts.cohort_size,
        month_numbers.month_number,
        coalesce(months.is_complete, false) as is_complete,
        coalesce(month_sums.active_customers, 0) as active_customers,
        coalesce(month_sums.orders, 0) as orders,
        coalesce(month_sums.gross_revenue, 0) as gross_revenue,
        coalesce(month_sums.net_revenue, 0) as net_revenue
    from cohorts
    cross join month_numbers
    left join months
        on
            cohorts.cohort_month + to_months(cast(month_numbers.month_number as integer))
            = months.month
    left join month_sums
        on
            cohorts.cohort_month = month_sums.cohort_month
            and cohorts.split_by = month_sums.split_by
            and cohorts.split = month_sums.split
            and month_numbers.month_number = month_sums.month_number

),

cumulated_cells as (

    select
        *,
        sum(gross_revenue) over so_far as cumulative_gross_revenue,
        sum(net_revenue) over so_far as cumulative_net_revenue
    from cells
    window so_far as (partition by cohort_month, split_by, split order by month_number)

)

select
    cohort_month,
    month_number,
    split_by,
    split,
    is_complete,
    cohort_size,
    case when is_complete then active_customers end as active_customers,
    case when is_complete then {{ ratio('active_customers', 'cohort_size') }} end as retention_rate,
    case when is_complete then orders end as orders,
    case when is_complete then gross_revenue end as gross_revenue,
    case when is_complete then net_revenue end as net_revenue,
    case when is_complete then cumulative_gross_revenue end as cumulative_gross_revenue,
    case when is_complete then cumulative_net_revenue end as cumulative_net_revenue,
    case when is_complete then {{ ratio('cumulative_gross_revenue', 'cohort_size') }} end
        as cumulative_gross_revenue_per_customer,
    case when is_complete then {{ ratio('cumulative_net_revenue', 'cohort_size') }} end
        as cumulative_net_revenue_per_customer
from cumulated_cells
