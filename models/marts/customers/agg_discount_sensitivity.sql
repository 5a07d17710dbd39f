with

order_discounts as (

    select * from {{ ref('int_order_discounts') }}

),

discount_classes as (

    select * from {{ ref('discount_classes') }}

),

months as (

    select * from {{ ref('int_months') }}

),

monthly_orders as (

    select
        customer_id,
        cast(date_trunc('month', order_date) as date) as month,
        count(*) as orders,
        count(*) filter (where is_discounted) as discounted_orders,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        case when count(contribution_order_basis) = count(*) then sum(contribution_order_basis) end
            as contribution_order_basis
    from order_discounts
    group by customer_id, 2

),

-- What was known of a customer after each month with an order; it holds until the next such month.
running_orders as (

    select
        customer_id,
        month,
        sum(orders) over so_far as orders,
        sum(discounted_orders) over so_far as discounted_orders
    from monthly_orders
    window so_far as (partition by customer_id order by month)

),

classes_after as (

    select
        running_orders.customer_id,
        running_orders.month,
        discount_classes.discount_class
    from running_orders
    left join discount_classes
        on {{ fits_discount_class('running_orders', 'discount_classes') }}
    qualify row_number() over (
        partition by running_orders.customer_id, running_orders.month
        order by discount_classes.sort
    ) = 1

),

-- The class is that of the orders before the month: one chosen by the month's own orders would
-- find what it was chosen by.
classes_before as (

    select
        customer_id,
        month,
        coalesce(
            lag(discount_class) over (partition by customer_id order by month), 'prospect'
        ) as discount_class
    from classes_after

),

class_changes as (

    select
        cast(classes_after.month + interval 1 month as date) as month,
        classes_after.discount_class,
        1 as customers
    from classes_after
    union all
    select
        cast(classes_before.month + interval 1 month as date) as month,
        classes_before.discount_class,
        -1 as customers
    from classes_before
    where classes_before.discount_class <> 'prospect'

),

monthly_changes as (

    select
        month,
        discount_class,
        sum(customers) as customers
    from class_changes
    group by month, discount_class

),

grid as (

    select
        months.month,
        months.is_complete,
        discount_classes.discount_class
    from months
    cross join discount_classes

),

known_customers as (

    select
        grid.month,
        grid.is_complete,
        grid.discount_class,
        coalesce(
            sum(monthly_changes.customers) over (
                partition by grid.discount_class order by grid.month
            ),
            0
        ) as customers
    from grid
    left join monthly_changes
        on
            grid.month = monthly_changes.month
            and grid.discount_class = monthly_changes.discount_class

),

month_sums as (

    select
        monthly_orders.month,
        classes_before.discount_class,
        count(*) as active_customers,
        count(*) filter (where monthly_orders.discounted_orders > 0) as discount_buyers,
        sum(monthly_orders.orders) as orders,
        sum(monthly_orders.discounted_orders) as discounted_orders,
        sum(monthly_orders.gross_revenue) as gross_revenue,
        sum(monthly_orders.discount_amount) as discount_amount,
        sum(monthly_orders.net_revenue_order_basis) as net_revenue_order_basis,
        case
            when count(monthly_orders.contribution_order_basis) = count(*)
                then sum(monthly_orders.contribution_order_basis)
        end as contribution_order_basis
    from monthly_orders
    inner join classes_before
        on
            monthly_orders.customer_id = classes_before.customer_id
            and monthly_orders.month = classes_before.month
    group by monthly_orders.month, classes_before.discount_class

),

-- Who orders for the first time belongs to no class yet.
cells as (

    select
        month,
        is_complete,
        discount_class,
        customers
    from known_customers
    union all
    select
        month,
        is_complete,
        'prospect' as discount_class,
        cast(null as bigint) as customers
    from months

)

select
    cells.month,
    cells.discount_class,
    cells.is_complete,
    cast(cells.customers as bigint) as customers,
    coalesce(month_sums.active_customers, 0) as active_customers,
    coalesce(month_sums.discount_buyers, 0) as discount_buyers,
    {{ ratio('coalesce(month_sums.active_customers, 0)', 'cells.customers') }} as active_rate,
    {{ ratio('coalesce(month_sums.discount_buyers, 0)', 'cells.customers') }} as response_rate,
    cast(coalesce(month_sums.orders, 0) as bigint) as orders,
    cast(coalesce(month_sums.discounted_orders, 0) as bigint) as discounted_orders,
    {{ ratio('month_sums.discounted_orders', 'month_sums.orders') }} as discounted_order_share,
    cast(coalesce(month_sums.gross_revenue, 0) as decimal(18, 4)) as gross_revenue,
    cast(coalesce(month_sums.discount_amount, 0) as decimal(18, 4)) as discount_amount,
    {{ ratio('month_sums.discount_amount', 'month_sums.gross_revenue') }} as discount_rate,
    cast(coalesce(month_sums.net_revenue_order_basis, 0) as decimal(18, 4))
        as net_revenue_order_basis,
    cast(month_sums.contribution_order_basis as decimal(18, 4)) as contribution_order_basis
from cells
left join month_sums
    on
        cells.month = month_sums.month
        and cells.discount_class = month_sums.discount_class
