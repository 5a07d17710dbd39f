with

orders as (

    select * from {{ ref('fct_orders') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Each order with the time until the next, which may not be over: then it is known to be longer.
steps as (

    select
        orders.order_number,
        orders.order_date,
        as_of.as_of,
        lead(orders.order_date) over (
            partition by orders.customer_id order by orders.order_number
        ) as next_order_date
    from orders
    inner join first_orders
        on orders.customer_id = first_orders.customer_id
    cross join as_of
    where orders.is_valid

),

waits as (

    select
        order_number,
        order_date + {{ var('repeat_window_days') }} < as_of as is_mature,
        next_order_date is not null as is_over,
        coalesce(next_order_date, as_of - 1) - order_date as days
    from steps

),

day_counts as (

    select
        order_number,
        days,
        count(*) as observed,
        count(*) filter (where is_over) as ended,
        count(*) filter (where is_mature) as mature,
        count(*) filter (
            where is_mature and is_over and days <= {{ var('repeat_window_days') }}
        ) as mature_ended
    from waits
    group by order_number, days

),

risk_days as (

    select
        *,
        sum(observed) over (partition by order_number order by days desc) as at_risk,
        sum(ended) over (partition by order_number order by days) as ended_so_far,
        sum(ended) over (partition by order_number) as ended_in_all
    from day_counts

),

-- Kaplan and Meier, as in int_inactivity_window.
survival_days as (

    select
        *,
        round(
            1 - exp(
                sum(case when ended = at_risk then -1000 else ln(1 - ended / at_risk) end) over (
                    partition by order_number order by days
                )
            ),
            12
        ) as returned_share
    from risk_days

)

select
    cast(order_number as bigint) as order_number,
    cast(sum(observed) as bigint) as customers,
    cast(sum(mature) as bigint) as mature_customers,
    cast(sum(mature_ended) as bigint) as next_customers,
    {{ ratio('sum(mature_ended)', 'sum(mature)') }} as p_next,
    {{ var('repeat_window_days') }} as window_days,
    cast(sum(ended) as bigint) as returned_customers,
    min(days) filter (where ended_in_all > 0 and ended_so_far * 4 >= ended_in_all)
        as p25_days,
    min(days) filter (where ended_in_all > 0 and ended_so_far * 2 >= ended_in_all)
        as median_days,
    min(days) filter (where ended_in_all > 0 and ended_so_far * 4 >= ended_in_all * 3)
        as p75_days,
    min(days) filter (where returned_share >= 0.25) as km_p25_days,
    min(days) filter (where returned_share >= 0.5) as km_median_days,
    min(days) filter (where returned_share >= 0.75) as km_p75_days
from survival_days
group by order_number
