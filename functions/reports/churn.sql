with

periods as (

    select * from {{ function('report_periods') }}(start_date, end_date)

),

-- Who is meant by bounds of revenue; nobody is read where none are given.
customers as (

    select
        customers.customer_id,
        customers.net_revenue
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, of_periods := 'current'
    ) as customers
    where {{ asks_for_band() }} and not customers.is_anonymous

),

-- Who bought nothing in the period brought 0 in it.
orders as (

    select
        orders.customer_id,
        orders.order_date
    from {{ function('filtered_orders') }}({{ same_filters() }}) as orders
    left join customers
        on case when {{ asks_for_band() }} then orders.customer_id end = customers.customer_id
    where
        orders.identity_reliable
        and {{ function('passes_band') }}(
            orders.customer_id, coalesce(customers.net_revenue, 0), revenue_min, revenue_max
        )

),

windows as (

    select * from {{ ref('int_customer_windows') }}

),

choices as (

    select
        case {{ function('as_choice') }}(method, 'inactivity')
            when 'inactivity' then 'inactivity'
            when 'previous_period' then 'previous_period'
            else error('method is none of: inactivity, previous_period')
        end as method

),

spans as (

    select
        max(periods.first_day) filter (where periods.period = 'current') as first_day,
        max(periods.last_day) filter (where periods.period = 'current') as last_day,
        max(periods.first_day) filter (where periods.period = 'prev') as previous_day,
        max(periods.elapsed_days) filter (where periods.period = 'current') > 0 as has_begun,
        bool_and(periods.is_complete) filter (where periods.period = 'current') as is_complete
    from periods
    having count(*) filter (where periods.period = 'current') > 0

),

customer_dates as (

    select
        orders.customer_id,
        min(orders.order_date) as first_filtered_date,
        max(orders.order_date) filter (where orders.order_date < spans.first_day) as last_before,
        max(orders.order_date) filter (where orders.order_date >= spans.first_day) as last_within
    from orders
    cross join spans
    where orders.order_date <= spans.last_day
    group by orders.customer_id

),

-- Lapsed on a day: more than the window after the last order. The end is the day after the last.
states as (

    select
        customer_dates.customer_id,
        customer_dates.last_within is not null as has_bought,
        customer_dates.first_filtered_date < spans.first_day as was_known,
        case choices.method
            when 'inactivity'
                then coalesce(
                    spans.first_day - customer_dates.last_before <= {{ churn_window() }} + 1, false
                )
            else coalesce(customer_dates.last_before >= spans.previous_day, false)
        end as is_active_start,
        case choices.method
            when 'inactivity'
                then
                    spans.last_day + 1 - coalesce(customer_dates.last_within, customer_dates.last_before)
                    <= {{ churn_window() }} + 1
            else customer_dates.last_within is not null
        end as is_active_end
    from customer_dates
    cross join spans
    cross join choices
    left join windows
        on customer_dates.customer_id = windows.customer_id

),

counts as (

    select
        count(*) filter (where states.is_active_start) as active_start,
        count(*) filter (where states.was_known and not states.is_active_start) as lapsed_start,
        count(*) filter (where not states.was_known) as new_customers,
        count(*) filter (
            where states.was_known and not states.is_active_start and states.has_bought
        ) as reactivated_customers,
        count(*) filter (
            where not states.is_active_end and (states.is_active_start or states.has_bought)
        ) as churned_customers,
        count(*) filter (where states.is_active_start and not states.is_active_end)
            as churned_active_customers,
        count(*) filter (where states.is_active_start and states.is_active_end)
            as retained_customers,
        count(*) filter (where states.is_active_end) as active_end
    from states

),

known_counts as (

    select
        choices.method,
        spans.first_day,
        spans.last_day,
        spans.is_complete,
        -- Whether somebody is active on a day is known once that day is seen.
        case when spans.has_begun then counts.active_start end as active_start,
        case when spans.has_begun then counts.lapsed_start end as lapsed_start,
        case when spans.has_begun then counts.new_customers end as new_customers,
        case when spans.is_complete then counts.reactivated_customers end as reactivated_customers,
        case when spans.is_complete then counts.churned_customers end as churned_customers,
        case when spans.is_complete then counts.churned_active_customers end
            as churned_active_customers,
        case when spans.is_complete then counts.retained_customers end as retained_customers,
        case when spans.is_complete then counts.active_end end as active_end
    from counts
    cross join spans
    cross join choices

)

select
    known_counts.method,
    known_counts.first_day,
    known_counts.last_day,
    known_counts.is_complete,
    known_counts.active_start,
    known_counts.lapsed_start,
    known_counts.new_customers,
    known_counts.reactivated_customers,
    known_counts.churned_customers,
    known_counts.churned_active_customers,
    known_counts.retained_customers,
    known_counts.active_end,
    {{ ratio('known_counts.churned_active_customers', 'known_counts.active_start') }} as churn_rate,
    {{ ratio('known_counts.retained_customers', 'known_counts.active_start') }} as retention_rate,
    {{ ratio('known_counts.reactivated_customers', 'known_counts.lapsed_start') }}
        as reactivation_rate
from known_counts
