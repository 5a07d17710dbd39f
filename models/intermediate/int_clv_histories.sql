with

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- All that is seen, and the same shop as it was before the days that are held back.
bounds as (

    select
        'all' as period,
        as_of as period_as_of
    from as_of
    union all
    select
        'calibration' as period,
        as_of - {{ var('clv_holdout_days') }} as period_as_of
    from as_of

),

followed_days as (

    select
        purchase_days.customer_id,
        purchase_days.order_date,
        purchase_days.revenue_before_refunds,
        first_orders.first_order_date
    from purchase_days
    inner join first_orders
        on purchase_days.customer_id = first_orders.customer_id

)

-- The first day is where the story begins: it is neither counted in x nor in the money.
select
    bounds.period,
    followed_days.customer_id,
    bounds.period_as_of,
    cast(
        count(*) filter (where followed_days.order_date < bounds.period_as_of) - 1 as integer
    ) as x,
    cast(
        max(followed_days.order_date) filter (
            where followed_days.order_date < bounds.period_as_of
        ) - followed_days.first_order_date as integer
    ) as last_day,
    cast(bounds.period_as_of - 1 - followed_days.first_order_date as integer) as seen_days,
    cast(
        coalesce(
            sum(followed_days.revenue_before_refunds) filter (
                where
                    followed_days.order_date > followed_days.first_order_date
                    and followed_days.order_date < bounds.period_as_of
            ),
            0
        ) as decimal(18, 4)
    ) as repeat_revenue,
    count(*) filter (where followed_days.order_date >= bounds.period_as_of) as later_orders,
    cast(
        coalesce(
            sum(followed_days.revenue_before_refunds) filter (
                where followed_days.order_date >= bounds.period_as_of
            ),
            0
        ) as decimal(18, 4)
    ) as later_revenue
from followed_days
cross join bounds
where followed_days.first_order_date < bounds.period_as_of
group by
    bounds.period,
    bounds.period_as_of,
    followed_days.customer_id,
    followed_days.first_order_date
