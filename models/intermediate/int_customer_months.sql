with

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

months as (

    select * from {{ ref('int_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if var('churn_window_days') == 'auto' %}
windows as (

    select * from {{ ref('int_customer_windows') }}

),
{% endif %}

first_months as (

    select
        customer_id,
        cast(date_trunc('month', min(date)) as date) as cohort_month
    from customer_days
    where orders > 0
    group by customer_id

),

-- A day's money counts in its month and in the trailing year, which it leaves 365 days later.
entering_days as (

    select
        customer_id,
        date as effective_date,
        orders,
        gross_revenue,
        net_revenue,
        case when orders > 0 then date end as order_date,
        net_revenue as trailing_net_revenue
    from customer_days

),

leaving_days as (

    select
        customer_days.customer_id,
        customer_days.date + 365 as effective_date,
        0 as orders,
        cast(0 as decimal(18, 4)) as gross_revenue,
        cast(0 as decimal(18, 4)) as net_revenue,
        cast(null as date) as order_date,
        -customer_days.net_revenue as trailing_net_revenue
    from customer_days
    cross join as_of
    where customer_days.date + 365 < as_of.as_of

),

moving_days as (

    select * from entering_days
    union all
    select * from leaving_days

),

-- A refund booked before the first order of the data counts in the first month.
monthly_sums as (

    select
        moving_days.customer_id,
        greatest(
            cast(date_trunc('month', moving_days.effective_date) as date), first_months.cohort_month
        ) as month,
        cast(sum(moving_days.orders) as integer) as orders,
        cast(sum(moving_days.gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(moving_days.net_revenue) as decimal(18, 4)) as net_revenue,
        max(moving_days.order_date) as last_order_date,
        cast(sum(moving_days.trailing_net_revenue) as decimal(18, 4)) as trailing_net_revenue
    from moving_days
    inner join first_months
        on moving_days.customer_id = first_months.customer_id
    group by moving_days.customer_id, 2

),

spine as (

    select
        first_months.customer_id,
        first_months.cohort_month,
        months.month,
        months.as_of
    from first_months
    inner join months
        on first_months.cohort_month <= months.month

),

running_months as (

    select
        spine.customer_id,
        spine.cohort_month,
        spine.month,
        spine.as_of,
        coalesce(monthly_sums.orders, 0) as orders,
        coalesce(monthly_sums.gross_revenue, 0) as gross_revenue,
        coalesce(monthly_sums.net_revenue, 0) as net_revenue,
        max(monthly_sums.last_order_date) over to_end as last_order_date,
        max(monthly_sums.last_order_date) over to_start as previous_last_order_date,
        sum(monthly_sums.trailing_net_revenue) over to_start as trailing_365_net_revenue_start
    from spine
    left join monthly_sums
        on
            spine.customer_id = monthly_sums.customer_id
            and spine.month = monthly_sums.month
    window
        to_end as (partition by spine.customer_id order by spine.month),
        to_start as (
            partition by spine.customer_id
            order by spine.month
            rows between unbounded preceding and 1 preceding
        )

)

select
    customer_id,
    month,
    cohort_month,
    date_diff('month', cohort_month, month) as month_number,
    as_of,
    cast(orders as bigint) as orders,
    cast(gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(net_revenue as decimal(18, 4)) as net_revenue,
    last_order_date,
    cast(
        coalesce(trailing_365_net_revenue_start, 0) as decimal(18, 4)
    ) as trailing_365_net_revenue_start,
    coalesce(month - previous_last_order_date <= {{ churn_window() }} + 1, false)
        as is_active_start,
    as_of - last_order_date <= {{ churn_window() }} + 1 as is_active_end
from running_months
{% if var('churn_window_days') == 'auto' %}
left join windows using (customer_id)
{% endif %}
