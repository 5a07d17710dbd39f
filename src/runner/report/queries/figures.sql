, days as (

    select * from {{ ref('fct_kpis_daily') }}

),

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

),

lifecycle_events as (

    select * from {{ ref('fct_customer_lifecycle_events') }}

),

first_orders as (

    select
        customer_id,
        order_date as first_order_date
    from orders
    where is_new

),

day_sums as (

    select
        spans.span,
        cast(sum(days.orders) as bigint) as orders,
        cast(sum(days.anonymous_orders) as bigint) as anonymous_orders,
        cast(sum(days.new_customers) as bigint) as new_customers,
        sum(days.units) - sum(days.refunded_units_order_basis) as units_net,
        sum(days.gross_revenue) as gross_revenue,
        sum(days.discount_amount) as discount_amount,
        sum(days.refund_amount) as refund_amount,
        sum(days.net_revenue) as net_revenue,
        sum(days.net_revenue) - sum(days.anonymous_net_revenue) as identified_net_revenue,
        sum(days.net_revenue_order_basis) as net_revenue_order_basis,
        sum(days.total_sales) as total_sales,
        sum(days.contribution) as contribution,
        sum(days.costed_revenue) as costed_revenue,
        sum(days.revenue_before_refunds) as revenue_before_refunds
    from spans
    inner join days
        on days.date between spans.first_day and spans.last_day
    group by spans.span

),

customers as (

    select
        spans.span,
        orders.customer_id,
        count(*) as orders,
        bool_and(orders.identity_reliable) as identity_reliable,
        bool_or(first_orders.first_order_date < spans.first_day) as is_returning
    from spans
    inner join orders
        on orders.order_date between spans.first_day and spans.last_day
    inner join first_orders
        on orders.customer_id = first_orders.customer_id
    group by spans.span, orders.customer_id

),

customer_counts as (

    select
        span,
        count(*) as active_customers,
        count(*) filter (where is_returning) as returning_customers,
        count(*) filter (where identity_reliable) as reliable_customers,
        count(*) filter (where identity_reliable and is_returning) as reliable_returning_customers,
        count(*) filter (where identity_reliable and orders >= 2) as repeat_customers
    from customers
    group by span

),

-- Somebody may lapse, come back and lapse again: counted once in a span.
event_counts as (

    select
        spans.span,
        count(distinct lifecycle_events.customer_id) filter (
            where lifecycle_events.event in ('lapsed', 'lost_refunded')
        ) as churned_customers,
        count(distinct lifecycle_events.customer_id) filter (
            where lifecycle_events.event = 'reactivated'
        ) as reactivated_customers
    from spans
    inner join lifecycle_events
        on lifecycle_events.event_date between spans.first_day and spans.last_day
    group by spans.span

),

-- A span in which nothing happened has zeros.
sums as (

    select
        spans.span,
        spans.first_day,
        spans.last_day,
        coalesce(day_sums.net_revenue, 0) as net_revenue,
        coalesce(day_sums.gross_revenue, 0) as gross_revenue,
        coalesce(day_sums.discount_amount, 0) as discount_amount,
        coalesce(day_sums.refund_amount, 0) as refund_amount,
        coalesce(day_sums.total_sales, 0) as total_sales,
        coalesce(day_sums.net_revenue_order_basis, 0) as net_revenue_order_basis,
        coalesce(day_sums.identified_net_revenue, 0) as identified_net_revenue,
        day_sums.contribution,
        coalesce(day_sums.costed_revenue, 0) as costed_revenue,
        coalesce(day_sums.revenue_before_refunds, 0) as revenue_before_refunds,
        coalesce(day_sums.orders, 0) as orders,
        coalesce(day_sums.orders - day_sums.anonymous_orders, 0) as identified_orders,
        coalesce(day_sums.units_net, 0) as units_net,
        coalesce(day_sums.new_customers, 0) as new_customers,
        coalesce(customer_counts.active_customers, 0) as active_customers,
        coalesce(customer_counts.returning_customers, 0) as returning_customers,
        coalesce(customer_counts.reliable_customers, 0) as reliable_customers,
        coalesce(customer_counts.reliable_returning_customers, 0) as reliable_returning_customers,
        coalesce(customer_counts.repeat_customers, 0) as repeat_customers,
        coalesce(event_counts.churned_customers, 0) as churned_customers,
        coalesce(event_counts.reactivated_customers, 0) as reactivated_customers
    from spans
    left join day_sums
        on spans.span = day_sums.span
    left join customer_counts
        on spans.span = customer_counts.span
    left join event_counts
        on spans.span = event_counts.span

)

select
    span,
    first_day,
    last_day,
    cast(net_revenue as decimal(18, 4)) as net_revenue,
    cast(gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(discount_amount as decimal(18, 4)) as discount_amount,
    cast(refund_amount as decimal(18, 4)) as refund_amount,
    cast(total_sales as decimal(18, 4)) as total_sales,
    -- The shop's own rule: where costs are unknown for more than a twentieth, no margin is shown.
    case
        when costed_revenue >= 0.95 * revenue_before_refunds
            then cast(contribution as decimal(18, 4))
    end as contribution_margin,
    orders,
    cast(units_net as decimal(18, 4)) as units_net,
    {{ ratio('net_revenue_order_basis', 'orders') }} as aov,
    {{ ratio('units_net', 'orders') }} as items_per_order,
    active_customers,
    new_customers,
    returning_customers,
    churned_customers,
    reactivated_customers,
    {{ ratio('reliable_returning_customers', 'reliable_customers') }} as returning_customer_rate,
    {{ ratio('repeat_customers', 'reliable_customers') }} as repeat_purchase_rate,
    {{ ratio('identified_orders', 'active_customers') }} as orders_per_active_customer,
    {{ ratio('identified_net_revenue', 'active_customers') }} as revenue_per_customer,
    {{ ratio('refund_amount', 'gross_revenue') }} as refund_rate_amount
from sums
order by span
