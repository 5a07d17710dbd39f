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

moving_days as (

    select
        customer_id,
        date as effective_date,
        case when orders > 0 then date end as order_date,
        orders,
        case when orders > 0 then 1 else 0 end as purchase_days,
        gross_revenue,
        net_revenue,
        contribution,
        case when contribution is null then 1 else 0 end as days_without_cost
    from customer_days

    {% if var('rfm_window_days') is not none %}
    -- A day leaves the window when it is older than the window is long.
    union all
    select
        customer_days.customer_id,
        customer_days.date + {{ var('rfm_window_days') }} as effective_date,
        cast(null as date) as order_date,
        -customer_days.orders as orders,
        case when customer_days.orders > 0 then -1 else 0 end as purchase_days,
        -customer_days.gross_revenue as gross_revenue,
        -customer_days.net_revenue as net_revenue,
        -customer_days.contribution as contribution,
        case when customer_days.contribution is null then -1 else 0 end as days_without_cost
    from customer_days
    cross join as_of
    where customer_days.date + {{ var('rfm_window_days') }} < as_of.as_of
    {% endif %}

),

monthly_sums as (

    select
        customer_id,
        cast(date_trunc('month', effective_date) as date) as month,
        max(order_date) as last_order_date,
        cast(sum(orders) as integer) as orders,
        cast(sum(purchase_days) as integer) as purchase_days,
        cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(net_revenue) as decimal(18, 4)) as net_revenue,
        cast(sum(contribution) as decimal(18, 4)) as contribution,
        cast(sum(days_without_cost) as integer) as days_without_cost
    from moving_days
    group by customer_id, 2

),

first_months as (

    select
        customer_id,
        min(month) as first_month
    from monthly_sums
    group by customer_id

),

spine as (

    select
        first_months.customer_id,
        months.month,
        months.as_of
    from first_months
    inner join months
        on first_months.first_month <= months.month

),

states as (

    select
        spine.customer_id,
        spine.month,
        spine.as_of,
        max(monthly_sums.last_order_date) over so_far as last_order_date,
        sum(monthly_sums.orders) over so_far as orders,
        sum(monthly_sums.purchase_days) over so_far as purchase_days,
        sum(monthly_sums.gross_revenue) over so_far as gross_revenue,
        sum(monthly_sums.net_revenue) over so_far as net_revenue,
        sum(monthly_sums.contribution) over so_far as contribution,
        sum(monthly_sums.days_without_cost) over so_far as days_without_cost
    from spine
    left join monthly_sums
        on
            spine.customer_id = monthly_sums.customer_id
            and spine.month = monthly_sums.month
    window so_far as (partition by spine.customer_id order by spine.month)

)

select
    customer_id,
    month,
    as_of,
    as_of - last_order_date as recency_days,
    cast(orders as bigint) as orders,
    cast(purchase_days as bigint) as purchase_days,
    cast(gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(net_revenue as decimal(18, 4)) as net_revenue,
    case when days_without_cost = 0 then cast(contribution as decimal(18, 4)) end as contribution
from states
where orders > 0
