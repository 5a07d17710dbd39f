with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

periods as (

    select * from {{ ref('int_periods') }}

),

sales_and_refunds as (

    select
        coalesce(customer_id, '(anonymous)') as customer_id,
        channel,
        order_date as date,
        1 as orders,
        units,
        gross_revenue,
        discount_amount,
        cast(0 as decimal(18, 4)) as refund_amount
    from orders
    where is_valid
    union all
    select
        coalesce(customer_id, '(anonymous)') as customer_id,
        channel,
        refund_date as date,
        0 as orders,
        cast(0 as decimal(18, 4)) as units,
        cast(0 as decimal(18, 4)) as gross_revenue,
        cast(0 as decimal(18, 4)) as discount_amount,
        refund_amount
    from refunds
    where is_counted

),

customer_months as (

    select
        customer_id,
        channel,
        cast(date_trunc('month', date) as date) as month,
        cast(date_trunc('year', date) as date) as year,
        sum(orders) as orders,
        sum(units) as units,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount
    from sales_and_refunds
    group by customer_id, channel, 3, 4

),

rolled_up as (

    select
        customer_id,
        case
            when grouping(month) = 0 then 'month'
            when grouping(year) = 0 then 'year'
            else 'all'
        end as period_grain,
        coalesce(month, year) as period_start,
        case when grouping(channel) = 0 then channel else '(all)' end as channel,
        cast(sum(orders) as bigint) as orders,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(refund_amount) as decimal(18, 4)) as refund_amount
    from customer_months
    group by grouping sets (
        (customer_id, month, channel),
        (customer_id, month),
        (customer_id, year, channel),
        (customer_id, year),
        (customer_id, channel),
        (customer_id)
    )

)

select
    periods.period_grain,
    periods.period_start,
    periods.period_end,
    rolled_up.channel,
    rolled_up.customer_id,
    rolled_up.orders,
    rolled_up.units,
    rolled_up.gross_revenue,
    rolled_up.discount_amount,
    rolled_up.refund_amount,
    cast(
        rolled_up.gross_revenue - rolled_up.discount_amount - rolled_up.refund_amount
        as decimal(18, 4)
    ) as net_revenue
from rolled_up
inner join periods
    on
        rolled_up.period_grain = periods.period_grain
        and (rolled_up.period_start = periods.period_start or rolled_up.period_grain = 'all')
