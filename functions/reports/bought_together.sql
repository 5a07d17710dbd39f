{% set order_filters = same_filters() | replace('product := product', 'product := null') -%}
with

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where period = 'current'

),

-- Who is meant by bounds of revenue; nobody is read where none are given.
customers as (

    select
        customers.customer_id,
        customers.net_revenue
    from {{ function('period_customers') }}(
        start_date, end_date, {{ order_filters }}, of_periods := 'current'
    ) as customers
    where {{ asks_for_band() }} and not customers.is_anonymous

),

-- A product that is asked for is a side of the rule, no filter.
orders as (

    select
        orders.order_id,
        orders.order_date
    from {{ function('filtered_orders') }}({{ order_filters }}) as orders
    left join customers
        on case when {{ asks_for_band() }} then orders.customer_id end = customers.customer_id
    where
        orders.order_date
        between {{ function('first_day_read') }}(start_date, end_date, 'current')
        and {{ function('last_day_read') }}(end_date)
        and {{ function('passes_band') }}(
            orders.customer_id, customers.net_revenue, revenue_min, revenue_max
        )

),

basket_items as (

    select * from {{ ref('int_basket_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

asked_products as (

    select * from {{ function('rolled_up_products') }}(product := product)

),

counted_items as (

    select
        basket_items.order_id,
        basket_items.product_id
    from basket_items
    inner join orders
        on basket_items.order_id = orders.order_id
    inner join periods
        on orders.order_date between periods.first_day and periods.last_day
    {% if not switched('basket_anonymous', var('basket_anonymous')) %}
    where not basket_items.is_anonymous
    {% endif %}

),

baskets as (

    select count(distinct counted_items.order_id) as base_orders
    from counted_items

),

-- Without a number of orders, that of the table of pairs.
thresholds as (

    select
        baskets.base_orders,
        coalesce(
            {{ function('as_row_count') }}(min_orders, 'min_orders'),
            greatest(
                {{ var('basket_min_orders') }},
                ceil(cast({{ var('basket_min_support') }} as decimal(9, 8)) * baskets.base_orders)
            )
        ) as least_orders
    from baskets

),

-- A pair is never more frequent than its parts: only frequent products are paired.
product_orders as (

    select
        counted_items.product_id,
        count(*) as orders
    from counted_items
    group by counted_items.product_id

),

frequent_items as (

    select
        counted_items.order_id,
        counted_items.product_id
    from counted_items
    inner join product_orders
        on counted_items.product_id = product_orders.product_id
    inner join thresholds
        on product_orders.orders >= thresholds.least_orders

),

bought_items as (

    select
        frequent_items.order_id,
        frequent_items.product_id
    from frequent_items
    left join asked_products
        on frequent_items.product_id = asked_products.product_id
    where not {{ function('is_given') }}(product) or asked_products.product_id is not null

),

pairs as (

    select
        bought_items.product_id as product_a,
        frequent_items.product_id as product_b,
        count(*) as orders_both
    from bought_items
    inner join frequent_items
        on
            bought_items.order_id = frequent_items.order_id
            and bought_items.product_id <> frequent_items.product_id
    group by bought_items.product_id, frequent_items.product_id

),

counted_pairs as (

    select
        pairs.product_a,
        pairs.product_b,
        products_a.product_name as product_name_a,
        products_b.product_name as product_name_b,
        pairs.orders_both,
        orders_a.orders as orders_a,
        orders_b.orders as orders_b,
        thresholds.base_orders
    from pairs
    inner join thresholds
        on pairs.orders_both >= thresholds.least_orders
    inner join product_orders as orders_a
        on pairs.product_a = orders_a.product_id
    inner join product_orders as orders_b
        on pairs.product_b = orders_b.product_id
    left join products as products_a
        on pairs.product_a = products_a.product_id
    left join products as products_b
        on pairs.product_b = products_b.product_id

)

select
    counted_pairs.product_a,
    counted_pairs.product_b,
    counted_pairs.product_name_a,
    counted_pairs.product_name_b,
    counted_pairs.orders_both,
    counted_pairs.orders_a,
    counted_pairs.orders_b,
    counted_pairs.base_orders,
    {{ ratio('counted_pairs.orders_both', 'counted_pairs.base_orders') }} as support,
    {{ ratio('counted_pairs.orders_both', 'counted_pairs.orders_a') }} as confidence,
    {{ lift('counted_pairs.orders_both', 'counted_pairs.orders_a', 'counted_pairs.orders_b', 'counted_pairs.base_orders') }}
        as lift,
    {{ lift_lower_bound('counted_pairs.orders_both', 'counted_pairs.orders_a', 'counted_pairs.orders_b', 'counted_pairs.base_orders') }}
        as lift_lo
from counted_pairs
order by lift_lo desc, counted_pairs.orders_both desc, counted_pairs.product_a, counted_pairs.product_b
