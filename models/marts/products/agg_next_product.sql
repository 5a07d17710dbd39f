with

orders as (

    select * from {{ ref('fct_orders') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

basket_items as (

    select * from {{ ref('int_basket_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

followed_orders as (

    select
        orders.order_id,
        orders.order_date,
        lead(orders.order_id) over next_order as next_order_id,
        lead(orders.order_date) over next_order as next_order_date
    from orders
    inner join first_orders
        on orders.customer_id = first_orders.customer_id
    where orders.is_valid
    window next_order as (partition by orders.customer_id order by orders.order_number)

),

-- Only orders whose time for a next one is over; who did not come back counts as well.
mature_orders as (

    select
        followed_orders.order_id,
        case
            when
                followed_orders.next_order_date
                <= followed_orders.order_date + {{ var('next_product_days') }}
                then followed_orders.next_order_id
        end as next_order_id
    from followed_orders
    cross join as_of
    where followed_orders.order_date + {{ var('next_product_days') }} < as_of.as_of

),

mature_items as (

    select
        mature_orders.order_id,
        mature_orders.next_order_id,
        basket_items.product_id
    from mature_orders
    inner join basket_items
        on mature_orders.order_id = basket_items.order_id

),

-- Orders that hold anything.
counted_orders as (

    select
        order_id,
        next_order_id
    from mature_items
    group by order_id, next_order_id

),

baskets as (

    select count(*) as base_orders
    from counted_orders

),

products_before as (

    select
        product_id,
        count(*) as orders
    from mature_items
    group by product_id
    having count(*) >= {{ var('basket_min_orders') }}

),

products_after as (

    select
        basket_items.product_id,
        count(*) as orders
    from counted_orders
    inner join basket_items
        on counted_orders.next_order_id = basket_items.order_id
    group by basket_items.product_id
    having count(*) >= {{ var('basket_min_orders') }}

),

sequences as (

    select
        mature_items.product_id as product_a,
        basket_items.product_id as product_b,
        count(*) as orders_both
    from mature_items
    inner join products_before
        on mature_items.product_id = products_before.product_id
    inner join basket_items
        on mature_items.next_order_id = basket_items.order_id
    inner join products_after
        on basket_items.product_id = products_after.product_id
    group by mature_items.product_id, basket_items.product_id
    having count(*) >= {{ var('basket_min_orders') }}

),

measured_sequences as (

    select
        sequences.product_a,
        sequences.product_b,
        sequences.orders_both,
        products_before.orders as orders_a,
        products_after.orders as orders_b,
        baskets.base_orders
    from sequences
    cross join baskets
    inner join products_before
        on sequences.product_a = products_before.product_id
    inner join products_after
        on sequences.product_b = products_after.product_id

)

select
    measured_sequences.product_a,
    measured_sequences.product_b,
    products_a.product_name as product_name_a,
    products_b.product_name as product_name_b,
    {{ var('next_product_days') }} as window_days,
    measured_sequences.orders_both,
    measured_sequences.orders_a,
    measured_sequences.orders_b,
    measured_sequences.base_orders,
    {{ ratio('orders_both', 'orders_a') }} as p_next,
    {{ lift('orders_both', 'orders_a', 'orders_b', 'base_orders') }} as lift,
    {{ lift_lower_bound('orders_both', 'orders_a', 'orders_b', 'base_orders') }} as lift_lo
from measured_sequences
left join products as products_a
    on measured_sequences.product_a = products_a.product_id
left join products as products_b
    on measured_sequences.product_b = products_b.product_id
