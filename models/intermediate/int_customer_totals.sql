with

orders as (

    select *
    from {{ ref('fct_orders') }}
    where not is_anonymous

),

refunds as (

    select *
    from {{ ref('fct_refund_items') }}
    where not is_anonymous

),

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

order_totals as (

    select
        customer_id,
        min(order_date) filter (where is_valid) as first_order_date,
        max(order_date) filter (where is_valid) as last_order_date,
        arg_max(country_code, order_number) filter (where country_code <> '(unknown)')
            as last_country_code,
        count(*) filter (where is_valid) as orders,
        count(distinct order_date) filter (where is_valid) as purchase_days,
        count(*) filter (where order_class = 'cancelled') as cancelled_orders,
        count(*) filter (where order_class = 'valid' and is_zero_value) as zero_value_orders,
        count(*) filter (where is_fully_refunded) as fully_refunded_orders,
        sum(units) as units,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(revenue_before_refunds) as revenue_before_refunds,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        sum(revenue_before_refunds + shipping_amount + tax_amount) as sales_amount,
        coalesce(bool_and(has_cost) filter (where is_valid), false) as has_cost,
        sum(contribution_before_refunds) as contribution
    from orders
    group by customer_id

),

first_orders as (

    select
        customer_id,
        order_id,
        store_id,
        channel,
        country_code
    from orders
    where is_new

),

refund_totals as (

    select
        customer_id,
        count(distinct refund_id) filter (where is_counted) as refunds,
        sum(quantity) filter (where is_counted and not is_gift_card) as refunded_units,
        sum(refund_amount) as refund_amount,
        sum(refund_of_invalid_amount) as refund_of_invalid_amount,
        sum(refund_without_order_amount) as refund_without_order_amount,
        sum(refund_amount + refunded_shipping_amount + refunded_tax_amount) as money_back_amount,
        case when count(contribution) = count(*) then sum(contribution) end as contribution
    from refunds
    group by customer_id

),

gaps as (

    select
        customer_id,
        cast(median(gap_days) as double) as median_gap_days
    from purchase_days
    group by customer_id

),

-- Who has neither ordered nor given back anything is not here.
people as (

    select customer_id from order_totals
    union
    select customer_id from refund_totals

),

totals as (

    select
        people.customer_id,
        first_orders.order_id as first_order_id,
        first_orders.store_id as first_store_id,
        first_orders.channel as first_channel,
        first_orders.country_code as first_country_code,
        order_totals.last_country_code,
        order_totals.first_order_date,
        order_totals.last_order_date,
        coalesce(order_totals.orders, 0) as orders,
        coalesce(order_totals.cancelled_orders, 0) as cancelled_orders,
        coalesce(order_totals.zero_value_orders, 0) as zero_value_orders,
        coalesce(order_totals.fully_refunded_orders, 0) as fully_refunded_orders,
        coalesce(refund_totals.refunds, 0) as refunds,
        coalesce(order_totals.purchase_days, 0) as purchase_days,
        gaps.median_gap_days,
        coalesce(order_totals.units, 0) as units,
        coalesce(refund_totals.refunded_units, 0) as refunded_units,
        coalesce(order_totals.gross_revenue, 0) as gross_revenue,
        coalesce(order_totals.discount_amount, 0) as discount_amount,
        coalesce(refund_totals.refund_amount, 0) as refund_amount,
        coalesce(refund_totals.refund_without_order_amount, 0) as refund_without_order_amount,
        coalesce(refund_totals.refund_of_invalid_amount, 0) as refund_of_invalid_amount,
        coalesce(order_totals.revenue_before_refunds, 0)
        - coalesce(refund_totals.refund_amount, 0) as net_revenue,
        coalesce(order_totals.net_revenue_order_basis, 0) as net_revenue_order_basis,
        coalesce(order_totals.sales_amount, 0)
        - coalesce(refund_totals.money_back_amount, 0) as total_sales,
        coalesce(order_totals.has_cost, false) as has_cost,
        case
            when not order_totals.has_cost then null
            when refund_totals.customer_id is null then order_totals.contribution
            else order_totals.contribution + refund_totals.contribution
        end as contribution
    from people
    left join order_totals
        on people.customer_id = order_totals.customer_id
    left join first_orders
        on people.customer_id = first_orders.customer_id
    left join refund_totals
        on people.customer_id = refund_totals.customer_id
    left join gaps
        on people.customer_id = gaps.customer_id

)

select
    customer_id,
    first_order_id,
    first_store_id,
    first_channel,
    first_country_code,
    last_country_code,
    first_order_date,
    last_order_date,
    orders,
    cancelled_orders,
    zero_value_orders,
    fully_refunded_orders,
    refunds,
    purchase_days,
    median_gap_days,
    cast(units as decimal(18, 4)) as units,
    cast(refunded_units as decimal(18, 4)) as refunded_units,
    cast(gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(discount_amount as decimal(18, 4)) as discount_amount,
    cast(refund_amount as decimal(18, 4)) as refund_amount,
    cast(refund_without_order_amount as decimal(18, 4)) as refund_without_order_amount,
    cast(refund_of_invalid_amount as decimal(18, 4)) as refund_of_invalid_amount,
    cast(net_revenue as decimal(18, 4)) as net_revenue,
    cast(net_revenue_order_basis as decimal(18, 4)) as net_revenue_order_basis,
    cast(total_sales as decimal(18, 4)) as total_sales,
    has_cost,
    cast(contribution as decimal(18, 4)) as contribution
from totals
