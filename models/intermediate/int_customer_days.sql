with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

sales_and_refunds as (

    select
        customer_id,
        order_date as date,
        1 as orders,
        gross_revenue,
        cast(0 as decimal(18, 4)) as refund_amount,
        revenue_before_refunds as net_revenue,
        contribution_before_refunds as contribution
    from orders
    where is_valid and identity_reliable
    union all
    select
        customer_id,
        refund_date as date,
        0 as orders,
        cast(0 as decimal(18, 4)) as gross_revenue,
        refund_amount,
        -refund_amount as net_revenue,
        contribution
    from refunds
    where is_counted and identity_reliable

)

select
    customer_id,
    date,
    cast(sum(orders) as bigint) as orders,
    cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
    cast(sum(refund_amount) as decimal(18, 4)) as refund_amount,
    cast(sum(net_revenue) as decimal(18, 4)) as net_revenue,
    case when count(contribution) = count(*) then cast(sum(contribution) as decimal(18, 4)) end
        as contribution
from sales_and_refunds
group by customer_id, date
