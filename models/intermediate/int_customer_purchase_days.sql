with

orders as (

    select * from {{ ref('fct_orders') }}

),

purchase_days as (

    select
        customer_id,
        order_date,
        count(*) as orders,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(revenue_before_refunds) as decimal(18, 4)) as revenue_before_refunds
    from orders
    where is_valid and identity_reliable
    group by customer_id, order_date

)

select
    customer_id,
    order_date,
    row_number() over (partition by customer_id order by order_date) as purchase_day_number,
    orders,
    units,
    gross_revenue,
    revenue_before_refunds,
    lag(order_date) over (partition by customer_id order by order_date) as previous_order_date,
    order_date - lag(order_date) over (partition by customer_id order by order_date) as gap_days
from purchase_days
