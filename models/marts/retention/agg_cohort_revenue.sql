with

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

cohort_sizes as (

    select * from {{ ref('int_cohort_sizes') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A refund booked before the first order of the data counts in the first period.
dated_days as (

    select
        customer_days.customer_id,
        customer_days.orders,
        customer_days.gross_revenue,
        customer_days.net_revenue,
        customer_days.contribution,
        first_orders.cohort_month,
        first_orders.channel,
        first_orders.country_code,
        first_orders.category,
        greatest(date_diff('month', first_orders.cohort_month, customer_days.date), 0)
            as calendar_number,
        greatest(customer_days.date - first_orders.first_order_date, 0) // 30 as age_number
    from customer_days
    inner join first_orders
        on customer_days.customer_id = first_orders.customer_id

),

customer_periods as (

    select
        case when grouping(calendar_number) = 0 then 'calendar_month' else 'age_30d' end as basis,
        coalesce(calendar_number, age_number) as period_number,
        customer_id,
        cohort_month,
        channel,
        country_code,
        category,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue,
        coalesce(sum(contribution), 0) as contribution,
        count(*) - count(contribution) as days_without_cost
    from dated_days
    group by grouping sets (
        (customer_id, cohort_month, channel, country_code, category, calendar_number),
        (customer_id, cohort_month, channel, country_code, category, age_number)
    )

),

cell_sums as (

    select
        basis,
        period_number,
        cohort_month,
        channel,
        country_code,
        category,
        count(*) filter (where orders > 0) as active_customers,
        0 as second_orders,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue,
        sum(contribution) as contribution,
        sum(days_without_cost) as days_without_cost
    from customer_periods
    group by basis, period_number, cohort_month, channel, country_code, category
    union all
    select
        case when grouping(calendar_number) = 0 then 'calendar_month' else 'age_30d' end as basis,
        coalesce(calendar_number, age_number) as period_number,
        cohort_month,
        channel,
        country_code,
        category,
        0 as active_customers,
        count(*) as second_orders,
        0 as orders,
        0 as gross_revenue,
        0 as net_revenue,
        0 as contribution,
        0 as days_without_cost
    from (
        select
            *,
            date_diff('month', cohort_month, second_order_date) as calendar_number,
            (second_order_date - first_order_date) // 30 as age_number
        from first_orders
        where second_order_date is not null
    ) as second_orders
    group by grouping sets (
        (cohort_month, channel, country_code, category, calendar_number),
        (cohort_month, channel, country_code, category, age_number)
    )

),

period_sums as (

    select
        basis,
        period_number,
        cohort_month,
        case
            when grouping(channel) = 0 then 'channel'
            when grouping(country_code) = 0 then 'country'
            when grouping(category) = 0 then 'category'
            else 'all'
        end as split_by,
        coalesce(channel, country_code, category, '(all)') as split,
        cast(sum(active_customers) as bigint) as active_customers,
        cast(sum(second_orders) as bigint) as second_orders,
        cast(sum(orders) as bigint) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue,
        sum(contribution) as contribution,
        sum(days_without_cost) as days_without_cost
    from cell_sums
    group by grouping sets (
        (basis, period_number, cohort_month),
        (basis, period_number, cohort_month, channel),
        (basis, period_number, cohort_month, country_code),
        (basis, period_number, cohort_month, category)
    )

),

-- Each cohort's periods, until the one that is running. The period of the cohort's last day is over
-- when as_of has come.
periods as (

    select
        cohorts.basis,
        cohorts.cohort_month,
        cohorts.period_number,
        case
            when cohorts.basis = 'calendar_month'
                then
                    cohorts.cohort_month
                    + to_months(cast(cohorts.period_number + 1 as integer))
                    <= as_of.as_of
            else
                cast(cohorts.cohort_month + interval 1 month as date) - 1
                + cast(30 * (cohorts.period_number + 1) as integer)
                <= as_of.as_of
        end as is_complete
    from (
        select
            bases.basis,
            months.cohort_month,
            unnest(
                generate_series(
                    0,
                    case
                        when bases.basis = 'calendar_month'
                            then date_diff('month', months.cohort_month, as_of.as_of - 1)
                        else (as_of.as_of - 1 - months.cohort_month) // 30
                    end
                )
            ) as period_number
        from (select cohort_month from cohort_sizes group by cohort_month) as months
        cross join (select unnest(['calendar_month', 'age_30d']) as basis) as bases
        cross join as_of
    ) as cohorts
    cross join as_of

),

cells as (

    select
        periods.basis,
        cohort_sizes.cohort_month,
        cohort_sizes.split_by,
        cohort_sizes.split,
        cohort_sizes.cohort_size,
        periods.period_number,
        periods.is_complete,
        coalesce(period_sums.active_customers, 0) as active_customers,
        coalesce(period_sums.second_orders, 0) as second_orders,
        coalesce(period_sums.orders, 0) as orders,
        coalesce(period_sums.gross_revenue, 0) as gross_revenue,
        coalesce(period_sums.net_revenue, 0) as net_revenue,
        coalesce(period_sums.contribution, 0) as contribution,
        coalesce(period_sums.days_without_cost, 0) as days_without_cost
    from cohort_sizes
    inner join periods
        on cohort_sizes.cohort_month = periods.cohort_month
    left join period_sums
        on
            cohort_sizes.cohort_month = period_sums.cohort_month
            and cohort_sizes.split_by = period_sums.split_by
            and cohort_sizes.split = period_sums.split
            and periods.basis = period_sums.basis
            and periods.period_number = period_sums.period_number

),

cumulated_cells as (

    select
        *,
        sum(net_revenue) over so_far as cumulative_net_revenue,
        sum(contribution) over so_far as cumulative_contribution,
        sum(days_without_cost) over so_far = 0 as has_cost,
        cast(sum(second_orders) over so_far as bigint) as repeat_customers,
        first_value(net_revenue) over so_far as first_net_revenue
    from cells
    window so_far as (
        partition by basis, cohort_month, split_by, split
        order by period_number
        rows between unbounded preceding and current row
    )

)

select
    basis,
    cohort_month,
    period_number,
    split_by,
    split,
    is_complete,
    cohort_size,
    case when is_complete then active_customers end as active_customers,
    case when is_complete then {{ ratio('active_customers', 'cohort_size') }} end as retention_rate,
    case when is_complete then repeat_customers end as repeat_customers,
    case when is_complete then {{ ratio('repeat_customers', 'cohort_size') }} end
        as cumulative_repeat_rate,
    case when is_complete then orders end as orders,
    case when is_complete then cast(gross_revenue as decimal(18, 4)) end as gross_revenue,
    case when is_complete then cast(net_revenue as decimal(18, 4)) end as net_revenue,
    case when is_complete then cast(first_net_revenue as decimal(18, 4)) end as first_net_revenue,
    case when is_complete then {{ ratio('net_revenue', 'first_net_revenue') }} end
        as revenue_retention_rate,
    case when is_complete then cast(cumulative_net_revenue as decimal(18, 4)) end
        as cumulative_net_revenue,
    case when is_complete then {{ ratio('cumulative_net_revenue', 'cohort_size') }} end
        as cumulative_net_revenue_per_customer,
    has_cost,
    case when is_complete and days_without_cost = 0 then cast(contribution as decimal(18, 4)) end
        as contribution,
    case when is_complete and has_cost then cast(cumulative_contribution as decimal(18, 4)) end
        as cumulative_contribution,
    case
        when is_complete and has_cost then {{ ratio('cumulative_contribution', 'cohort_size') }}
    end as cumulative_contribution_per_customer
from cumulated_cells
