with

orders as (

    select * from {{ ref('fct_orders') }}

),

items as (

    select * from {{ ref('fct_order_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

-- Who hides behind a relay address, or is made anew for each order, cannot be followed.
followed_customers as (

    select customer_id
    from identities
    group by customer_id
    having bool_and(identity_reliable)

),

first_orders as (

    select
        orders.customer_id,
        orders.order_id,
        orders.order_date,
        orders.store_id,
        orders.channel,
        orders.country_code,
        orders.region_id,
        orders.discount_amount > 0 as is_discounted
    from orders
    inner join followed_customers
        on orders.customer_id = followed_customers.customer_id
    where orders.is_new

),

second_orders as (

    select
        customer_id,
        order_date
    from orders
    where order_number = 2

),

category_amounts as (

    select
        items.order_id,
        products.category,
        sum(items.gross_revenue) as gross_revenue
    from items
    inner join first_orders
        on items.order_id = first_orders.order_id
    inner join products
        on items.product_id = products.product_id
    where not items.is_gift
    group by items.order_id, products.category

),

-- The category that the order spent most on; of equals the first of the alphabet.
main_categories as (

    select
        order_id,
        category
    from category_amounts
    qualify row_number() over (partition by order_id order by gross_revenue desc, category) = 1

)

select
    first_orders.customer_id,
    first_orders.order_id,
    first_orders.order_date as first_order_date,
    cast(date_trunc('month', first_orders.order_date) as date) as cohort_month,
    second_orders.order_date as second_order_date,
    first_orders.store_id,
    first_orders.channel,
    first_orders.country_code,
    first_orders.region_id,
    coalesce(main_categories.category, '(unknown)') as category,
    first_orders.is_discounted
from first_orders
left join second_orders
    on first_orders.customer_id = second_orders.customer_id
left join main_categories
    on first_orders.order_id = main_categories.order_id
