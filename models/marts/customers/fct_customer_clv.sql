with

runs as (

    select *
    from {{ ref('fct_clv_model_runs') }}
    where is_used

),

histories as (

    select *
    from {{ ref('int_clv_histories') }}
    where period = 'all'

),

expectations as (

    select *
    from {{ ref('int_clv_expectations') }}
    where period = 'all'

),

totals as (

    select * from {{ ref('int_customer_totals') }}

),

-- Each month's orders, discounted by the months gone until its end.
monthly_orders as (

    select
        x,
        seen_days,
        month_number,
        orders_if_alive
        - lag(orders_if_alive, 1, 0) over (partition by x, seen_days order by month_number)
            as orders_if_alive
    from expectations
    where month_number > 0

),

discounted_orders as (

    select
        monthly_orders.x,
        monthly_orders.seen_days,
        sum(
            monthly_orders.orders_if_alive
            / pow(1 + runs.discount_rate, monthly_orders.month_number / 12)
            order by monthly_orders.month_number
        ) filter (where monthly_orders.month_number <= 12) as orders_12m,
        sum(
            monthly_orders.orders_if_alive
            / pow(1 + runs.discount_rate, monthly_orders.month_number / 12)
            order by monthly_orders.month_number
        ) as orders_24m
    from monthly_orders
    cross join runs
    group by monthly_orders.x, monthly_orders.seen_days

),

expected_orders as (

    select
        x,
        seen_days,
        max(orders_if_alive) filter (where horizon_days = 30) as orders_30d,
        max(orders_if_alive) filter (where horizon_days = 90) as orders_90d,
        max(orders_if_alive) filter (where horizon_days = 365) as orders_365d
    from expectations
    where month_number = 0
    group by x, seen_days

),

judged_customers as (

    select
        histories.*,
        runs.run_id,
        runs.as_of,
        runs.margin_rate,
        case
            when runs.r is not null
                then
                    1 / (
                        1 + exp({{ btyd_log_odds_left(
                            'runs.model', 'runs.r', 'runs.alpha', 'runs.a', 'runs.b', 'histories.x',
                            '(histories.last_day / 7)', '(histories.seen_days / 7)'
                        ) }})
                    )
        end as p_alive,
        {{ gamma_gamma_mean(
            'runs.p', 'runs.q', 'runs.v', 'histories.x', 'histories.repeat_revenue'
        ) }} as expected_order_value
    from histories
    cross join runs

)

select
    judged_customers.run_id,
    judged_customers.customer_id,
    judged_customers.as_of,
    judged_customers.x,
    judged_customers.last_day / 7 as t_x,
    judged_customers.seen_days / 7 as t_seen,
    cast(
        case
            when judged_customers.x > 0 then judged_customers.repeat_revenue / judged_customers.x
        end as decimal(18, 4)
    ) as repeat_order_value,
    judged_customers.p_alive,
    judged_customers.p_alive * expected_orders.orders_30d as expected_orders_30d,
    judged_customers.p_alive * expected_orders.orders_90d as expected_orders_90d,
    judged_customers.p_alive * expected_orders.orders_365d as expected_orders_365d,
    cast(judged_customers.expected_order_value as decimal(18, 4)) as expected_order_value,
    cast(totals.net_revenue as decimal(18, 4)) as historic_ltv,
    cast(
        judged_customers.p_alive * discounted_orders.orders_12m
        * judged_customers.expected_order_value * judged_customers.margin_rate as decimal(18, 4)
    ) as predicted_clv_12m,
    cast(
        judged_customers.p_alive * discounted_orders.orders_24m
        * judged_customers.expected_order_value * judged_customers.margin_rate as decimal(18, 4)
    ) as predicted_clv_24m
from judged_customers
inner join totals
    on judged_customers.customer_id = totals.customer_id
left join expected_orders
    on
        judged_customers.x = expected_orders.x
        and judged_customers.seen_days = expected_orders.seen_days
left join discounted_orders
    on
        judged_customers.x = discounted_orders.x
        and judged_customers.seen_days = discounted_orders.seen_days
