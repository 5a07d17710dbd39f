{{ config(type='table') }}

with

-- Three times the same: what is named once and read thrice would be stored, with every column.
order_periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where {{ function('is_any_of') }}(period, of_periods)

),

refund_periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where {{ function('is_any_of') }}(period, of_periods)

),

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where {{ function('is_any_of') }}(period, of_periods)

),

customers as (

    select * from {{ ref('dim_customers') }}

),

-- The days are known before anything is read where they are given: what lies outside is not read.
orders as (

    select orders.*
    from {{ function('filtered_orders') }}({{ same_filters() }}) as orders
    where
        orders.order_date
        between {{ function('first_day_read') }}(start_date, end_date, of_periods)
        and {{ function('last_day_read') }}(end_date)

),

refunds as (

    select refunds.*
    from {{ function('filtered_refunds') }}({{ same_filters() }}) as refunds
    where
        refunds.refund_date
        between {{ function('first_day_read') }}(start_date, end_date, of_periods)
        and {{ function('last_day_read') }}(end_date)

),

order_sums as (

    select
        periods.period,
        orders.customer_id,
        bool_and(orders.identity_reliable) as identity_reliable,
        count(*) as orders,
        count(distinct orders.order_date) as purchase_days,
        bool_or(orders.is_new) as is_new,
        max(orders.order_date) as last_order_date,
        count(*) filter (where orders.has_refund) as refunded_orders,
        sum(orders.units) as units,
        sum(orders.refunded_units) as refunded_units_order_basis,
        sum(orders.gross_revenue) as gross_revenue,
        sum(orders.discount_amount) as discount_amount,
        sum(orders.revenue_before_refunds) as revenue_before_refunds,
        sum(orders.revenue_before_refunds) filter (where orders.has_cost) as costed_revenue,
        sum(orders.refund_amount_order_basis) as refund_amount_order_basis,
        sum(orders.net_revenue_order_basis) as net_revenue_order_basis,
        sum(orders.shipping_amount) as shipping_amount,
        sum(orders.tax_amount) as tax_amount,
        count(*) = count(orders.contribution_before_refunds) as has_cost,
        sum(orders.contribution_before_refunds) as contribution
    from orders
    inner join order_periods as periods
        on orders.order_date between periods.first_day and periods.last_day
    group by periods.period, orders.customer_id

),

refund_sums as (

    select
        periods.period,
        refunds.customer_id,
        count(distinct refunds.refund_id) as refunds,
        sum(refunds.refund_amount) as refund_amount,
        sum(refunds.refunded_shipping_amount) as shipping_amount,
        sum(refunds.refunded_tax_amount) as tax_amount,
        count(*) = count(refunds.contribution) as has_cost,
        sum(refunds.contribution) as contribution
    from refunds
    inner join refund_periods as periods
        on refunds.refund_date between periods.first_day and periods.last_day
    group by periods.period, refunds.customer_id

),

-- Nobody in particular, whose customer_id is null, is one row of each period.
customer_sums as (

    select
        coalesce(order_sums.period, refund_sums.period) as period,
        coalesce(order_sums.customer_id, refund_sums.customer_id) as customer_id,
        order_sums.identity_reliable,
        order_sums.last_order_date,
        coalesce(order_sums.orders, 0) as orders,
        coalesce(order_sums.purchase_days, 0) as purchase_days,
        coalesce(order_sums.is_new, false) as is_new,
        coalesce(order_sums.refunded_orders, 0) as refunded_orders,
        coalesce(refund_sums.refunds, 0) as refunds,
        coalesce(order_sums.units, 0) as units,
        coalesce(order_sums.refunded_units_order_basis, 0) as refunded_units_order_basis,
        coalesce(order_sums.gross_revenue, 0) as gross_revenue,
        coalesce(order_sums.discount_amount, 0) as discount_amount,
        coalesce(order_sums.revenue_before_refunds, 0) as revenue_before_refunds,
        coalesce(order_sums.costed_revenue, 0) as costed_revenue,
        coalesce(refund_sums.refund_amount, 0) as refund_amount,
        coalesce(order_sums.revenue_before_refunds, 0) - coalesce(refund_sums.refund_amount, 0)
            as net_revenue,
        coalesce(order_sums.refund_amount_order_basis, 0) as refund_amount_order_basis,
        coalesce(order_sums.net_revenue_order_basis, 0) as net_revenue_order_basis,
        coalesce(order_sums.shipping_amount, 0) - coalesce(refund_sums.shipping_amount, 0)
            as shipping_amount,
        coalesce(order_sums.tax_amount, 0) - coalesce(refund_sums.tax_amount, 0) as tax_amount,
        -- Of one customer a sum without what is not known would look like a small one.
        case
            when coalesce(order_sums.has_cost, true) and coalesce(refund_sums.has_cost, true)
                then coalesce(order_sums.contribution, 0) + coalesce(refund_sums.contribution, 0)
        end as contribution
    from order_sums
    full join refund_sums
        on
            order_sums.period = refund_sums.period
            and order_sums.customer_id is not distinct from refund_sums.customer_id

)

select
    customer_sums.period,
    periods.first_day,
    periods.last_day,
    customer_sums.customer_id,
    customer_sums.customer_id is null as is_anonymous,
    coalesce(customer_sums.identity_reliable, false) as identity_reliable,
    customers.first_order_date,
    customers.historic_ltv,
    customers.predicted_clv_12m,
    customer_sums.last_order_date,
    customer_sums.orders,
    customer_sums.purchase_days,
    customer_sums.orders > 0 and customer_sums.customer_id is not null as is_active,
    customer_sums.is_new,
    customer_sums.orders > 0 and customers.first_order_date < periods.first_day as is_returning,
    customer_sums.refunded_orders,
    customer_sums.refunds,
    cast(customer_sums.units as decimal(18, 4)) as units,
    cast(customer_sums.refunded_units_order_basis as decimal(18, 4)) as refunded_units_order_basis,
    cast(customer_sums.gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(customer_sums.discount_amount as decimal(18, 4)) as discount_amount,
    cast(customer_sums.revenue_before_refunds as decimal(18, 4)) as revenue_before_refunds,
    cast(customer_sums.costed_revenue as decimal(18, 4)) as costed_revenue,
    cast(customer_sums.refund_amount as decimal(18, 4)) as refund_amount,
    cast(customer_sums.net_revenue as decimal(18, 4)) as net_revenue,
    cast(customer_sums.refund_amount_order_basis as decimal(18, 4)) as refund_amount_order_basis,
    cast(customer_sums.net_revenue_order_basis as decimal(18, 4)) as net_revenue_order_basis,
    cast(customer_sums.shipping_amount as decimal(18, 4)) as shipping_amount,
    cast(customer_sums.tax_amount as decimal(18, 4)) as tax_amount,
    cast(
        customer_sums.net_revenue + customer_sums.shipping_amount + customer_sums.tax_amount
        as decimal(18, 4)
    ) as total_sales,
    cast(customer_sums.contribution as decimal(18, 4)) as contribution
from customer_sums
inner join periods
    on customer_sums.period = periods.period
left join customers
    on customer_sums.customer_id = customers.customer_id
where
    {{ function('passes_band') }}(
        customer_sums.customer_id, customer_sums.net_revenue, revenue_min, revenue_max
    )
