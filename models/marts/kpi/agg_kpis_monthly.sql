with

days as (

    select
        *,
        cast(date_trunc('month', date) as date) as month
    from {{ ref('fct_kpis_daily') }}

),

orders as (

    select
        *,
        cast(date_trunc('month', order_date) as date) as month
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

),

months as (

    select * from {{ ref('int_months') }}

),

month_sums as (

    select
        month,
        case when grouping(store_id) = 0 then store_id else '(all)' end as store_id,
        case when grouping(channel) = 0 then channel else '(all)' end as channel,
        sum(orders) as orders,
        sum(anonymous_orders) as anonymous_orders,
        sum(new_customers) as new_customers,
        sum(cancelled_orders) as cancelled_orders,
        sum(zero_value_orders) as zero_value_orders,
        sum(refunded_orders) as refunded_orders,
        sum(refunds) as refunds,
        sum(anonymous_refunds) as anonymous_refunds,
        sum(units) as units,
        sum(anonymous_units) as anonymous_units,
        sum(refunded_units_order_basis) as refunded_units_order_basis,
        sum(gross_revenue) as gross_revenue,
        sum(anonymous_gross_revenue) as anonymous_gross_revenue,
        sum(first_order_gross_revenue) as first_order_gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount,
        sum(anonymous_refund_amount) as anonymous_refund_amount,
        sum(refund_without_order_amount) as refund_without_order_amount,
        sum(refund_of_invalid_amount) as refund_of_invalid_amount,
        sum(net_revenue) as net_revenue,
        sum(anonymous_net_revenue) as anonymous_net_revenue,
        sum(refund_amount_order_basis) as refund_amount_order_basis,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        sum(gift_card_amount) as gift_card_amount,
        sum(shipping_amount) as shipping_amount,
        sum(tax_amount) as tax_amount,
        sum(total_sales) as total_sales,
        sum(fx_gain_loss) as fx_gain_loss,
        sum(revenue_before_refunds) as revenue_before_refunds,
        sum(costed_revenue) as costed_revenue,
        sum(anonymous_contribution) as anonymous_contribution,
        sum(contribution) as contribution
    from days
    group by grouping sets (
        (month),
        (month, store_id),
        (month, channel),
        (month, store_id, channel)
    )

),

first_orders as (

    select
        customer_id,
        month as first_month
    from orders
    where is_new

),

customer_sums as (

    select
        orders.customer_id,
        orders.month,
        bool_and(orders.identity_reliable) as identity_reliable,
        case when grouping(orders.store_id) = 0 then orders.store_id else '(all)' end as store_id,
        case when grouping(orders.channel) = 0 then orders.channel else '(all)' end as channel,
        count(*) as orders,
        sum(orders.gross_revenue) as gross_revenue
    from orders
    group by grouping sets (
        (orders.customer_id, orders.month),
        (orders.customer_id, orders.month, orders.store_id),
        (orders.customer_id, orders.month, orders.channel),
        (orders.customer_id, orders.month, orders.store_id, orders.channel)
    )

),

-- New is who ordered for the first time in the month, returning who had ordered before it:
-- nobody is both.
customer_counts as (

    select
        customer_sums.month,
        customer_sums.store_id,
        customer_sums.channel,
        count(*) as active_customers,
        count(*) filter (where first_orders.first_month < customer_sums.month)
            as returning_customers,
        count(*) filter (where customer_sums.identity_reliable) as reliable_customers,
        count(*) filter (
            where
                customer_sums.identity_reliable
                and first_orders.first_month < customer_sums.month
        ) as reliable_returning_customers,
        count(*) filter (where customer_sums.identity_reliable and customer_sums.orders >= 2)
            as repeat_customers,
        coalesce(
            sum(customer_sums.gross_revenue)
            filter (where first_orders.first_month = customer_sums.month),
            0
        ) as new_customer_gross_revenue
    from customer_sums
    inner join first_orders
        on customer_sums.customer_id = first_orders.customer_id
    group by customer_sums.month, customer_sums.store_id, customer_sums.channel

),

slices as (

    select
        store_id,
        channel
    from month_sums
    group by store_id, channel

),

-- Every slice has every month: a month without orders is a row of zeros.
dense_months as (

    select
        months.month,
        slices.store_id,
        slices.channel,
        months.is_complete,
        months.elapsed_days,
        cast(coalesce(month_sums.orders, 0) as bigint) as orders,
        cast(coalesce(month_sums.anonymous_orders, 0) as bigint) as anonymous_orders,
        cast(coalesce(month_sums.new_customers, 0) as bigint) as new_customers,
        cast(coalesce(month_sums.cancelled_orders, 0) as bigint) as cancelled_orders,
        cast(coalesce(month_sums.zero_value_orders, 0) as bigint) as zero_value_orders,
        cast(coalesce(month_sums.refunded_orders, 0) as bigint) as refunded_orders,
        cast(coalesce(month_sums.refunds, 0) as bigint) as refunds,
        cast(coalesce(month_sums.anonymous_refunds, 0) as bigint) as anonymous_refunds,
        cast(coalesce(month_sums.units, 0) as decimal(18, 4)) as units,
        cast(coalesce(month_sums.anonymous_units, 0) as decimal(18, 4)) as anonymous_units,
        cast(
            coalesce(month_sums.refunded_units_order_basis, 0) as decimal(18, 4)
        ) as refunded_units_order_basis,
        cast(coalesce(month_sums.gross_revenue, 0) as decimal(18, 4)) as gross_revenue,
        cast(
            coalesce(month_sums.anonymous_gross_revenue, 0) as decimal(18, 4)
        ) as anonymous_gross_revenue,
        cast(
            coalesce(month_sums.first_order_gross_revenue, 0) as decimal(18, 4)
        ) as first_order_gross_revenue,
        cast(coalesce(month_sums.discount_amount, 0) as decimal(18, 4)) as discount_amount,
        cast(coalesce(month_sums.refund_amount, 0) as decimal(18, 4)) as refund_amount,
        cast(
            coalesce(month_sums.anonymous_refund_amount, 0) as decimal(18, 4)
        ) as anonymous_refund_amount,
        cast(
            coalesce(month_sums.refund_without_order_amount, 0) as decimal(18, 4)
        ) as refund_without_order_amount,
        cast(
            coalesce(month_sums.refund_of_invalid_amount, 0) as decimal(18, 4)
        ) as refund_of_invalid_amount,
        cast(coalesce(month_sums.net_revenue, 0) as decimal(18, 4)) as net_revenue,
        cast(
            coalesce(month_sums.anonymous_net_revenue, 0) as decimal(18, 4)
        ) as anonymous_net_revenue,
        cast(
            coalesce(month_sums.refund_amount_order_basis, 0) as decimal(18, 4)
        ) as refund_amount_order_basis,
        cast(
            coalesce(month_sums.net_revenue_order_basis, 0) as decimal(18, 4)
        ) as net_revenue_order_basis,
        cast(coalesce(month_sums.gift_card_amount, 0) as decimal(18, 4)) as gift_card_amount,
        cast(coalesce(month_sums.shipping_amount, 0) as decimal(18, 4)) as shipping_amount,
        cast(coalesce(month_sums.tax_amount, 0) as decimal(18, 4)) as tax_amount,
        cast(coalesce(month_sums.total_sales, 0) as decimal(18, 4)) as total_sales,
        cast(coalesce(month_sums.fx_gain_loss, 0) as decimal(18, 4)) as fx_gain_loss,
        cast(
            coalesce(month_sums.revenue_before_refunds, 0) as decimal(18, 4)
        ) as revenue_before_refunds,
        cast(coalesce(month_sums.costed_revenue, 0) as decimal(18, 4)) as costed_revenue,
        cast(
            coalesce(month_sums.anonymous_contribution, 0) as decimal(18, 4)
        ) as anonymous_contribution,
        cast(month_sums.contribution as decimal(18, 4)) as contribution,
        coalesce(customer_counts.active_customers, 0) as active_customers,
        coalesce(customer_counts.returning_customers, 0) as returning_customers,
        coalesce(customer_counts.reliable_customers, 0) as reliable_customers,
        coalesce(customer_counts.reliable_returning_customers, 0) as reliable_returning_customers,
        coalesce(customer_counts.repeat_customers, 0) as repeat_customers,
        cast(
            coalesce(customer_counts.new_customer_gross_revenue, 0) as decimal(18, 4)
        ) as new_customer_gross_revenue
    from months
    cross join slices
    left join month_sums
        on
            months.month = month_sums.month
            and slices.store_id = month_sums.store_id
            and slices.channel = month_sums.channel
    left join customer_counts
        on
            months.month = customer_counts.month
            and slices.store_id = customer_counts.store_id
            and slices.channel = customer_counts.channel

),

-- A customer figure divides what identified customers brought by identified customers.
identified_months as (

    select
        *,
        orders - anonymous_orders as identified_orders,
        cast(net_revenue - anonymous_net_revenue as decimal(18, 4)) as identified_net_revenue,
        cast(contribution - anonymous_contribution as decimal(18, 4)) as identified_contribution,
        cast(units - refunded_units_order_basis as decimal(18, 4)) as units_net,
        lag(orders) over by_month as orders_prev,
        lag(orders, 12) over by_month as orders_yoy,
        lag(gross_revenue) over by_month as gross_revenue_prev,
        lag(gross_revenue, 12) over by_month as gross_revenue_yoy,
        lag(net_revenue) over by_month as net_revenue_prev,
        lag(net_revenue, 12) over by_month as net_revenue_yoy,
        lag(active_customers) over by_month as active_customers_prev,
        lag(active_customers, 12) over by_month as active_customers_yoy,
        lag(new_customers) over by_month as new_customers_prev,
        lag(new_customers, 12) over by_month as new_customers_yoy
    from dense_months
    window by_month as (partition by store_id, channel order by month)

)

select
    month,
    store_id,
    channel,
    is_complete,
    elapsed_days,
    orders,
    orders_prev,
    orders_yoy,
    anonymous_orders,
    identified_orders,
    cancelled_orders,
    zero_value_orders,
    refunded_orders,
    {{ ratio('refunded_orders', 'orders') }} as refunded_order_rate,
    refunds,
    anonymous_refunds,
    active_customers,
    active_customers_prev,
    active_customers_yoy,
    new_customers,
    new_customers_prev,
    new_customers_yoy,
    returning_customers,
    reliable_customers,
    reliable_returning_customers,
    repeat_customers,
    {{ ratio('repeat_customers', 'reliable_customers') }} as repeat_purchase_rate,
    {{ ratio('reliable_returning_customers', 'reliable_customers') }} as returning_customer_rate,
    {{ ratio('identified_orders', 'active_customers') }} as orders_per_active_customer,
    {{ ratio('new_customers', 'elapsed_days') }} as acquired_per_day,
    {{ ratio('elapsed_days', 'new_customers') }} as days_per_new_customer,
    units,
    anonymous_units,
    units_net,
    {{ ratio('units_net', 'orders') }} as units_per_order,
    gross_revenue,
    gross_revenue_prev,
    gross_revenue_yoy,
    anonymous_gross_revenue,
    new_customer_gross_revenue,
    first_order_gross_revenue,
    discount_amount,
    {{ ratio('discount_amount', 'gross_revenue') }} as discount_rate,
    refund_amount,
    anonymous_refund_amount,
    refund_without_order_amount,
    refund_of_invalid_amount,
    {{ ratio('refund_amount', 'gross_revenue') }} as refund_rate,
    refund_amount_order_basis,
    {{ ratio('refund_amount_order_basis', 'gross_revenue') }} as refund_rate_order_basis,
    net_revenue,
    net_revenue_prev,
    net_revenue_yoy,
    anonymous_net_revenue,
    identified_net_revenue,
    net_revenue_order_basis,
    {{ ratio('net_revenue_order_basis', 'orders') }} as aov,
    {{ ratio('gross_revenue', 'orders') }} as gross_aov,
    {{ ratio('identified_net_revenue', 'active_customers') }} as revenue_per_customer,
    gift_card_amount,
    shipping_amount,
    tax_amount,
    total_sales,
    fx_gain_loss,
    revenue_before_refunds,
    costed_revenue,
    {{ ratio('costed_revenue', 'revenue_before_refunds') }} as cost_coverage_rate,
    contribution,
    identified_contribution,
    case
        when {{ ratio('costed_revenue', 'revenue_before_refunds') }} >= 0.95
            then {{ ratio('identified_contribution', 'active_customers') }}
    end as profit_per_customer
from identified_months
