with

basket_items as (

    select
        order_id,
        product_id
    from {{ ref('int_basket_items') }}
    {% if not switched('basket_anonymous', var('basket_anonymous')) %}
    where not is_anonymous
    {% endif %}

),

products as (

    select * from {{ ref('dim_products') }}

),

baskets as (

    select count(distinct order_id) as base_orders
    from basket_items

),

-- A share of the orders is compared as whole numbers: 8 / 10 is not .8 in floating point.
thresholds as (

    select
        base_orders,
        greatest(
            {{ var('basket_min_orders') }},
            ceil(cast({{ var('basket_min_support') }} as decimal(9, 8)) * base_orders)
        ) as min_orders
    from baskets

),

-- A pair is never more frequent than its parts: only frequent products are paired.
frequent_products as (

    select
        basket_items.product_id,
        count(*) as orders,
        any_value(thresholds.base_orders) as base_orders,
        any_value(thresholds.min_orders) as min_orders
    from basket_items
    cross join thresholds
    group by basket_items.product_id
    having count(*) >= any_value(thresholds.min_orders)

),

numbered_products as (

    select
        *,
        cast(row_number() over (order by product_id) as integer) as product_no
    from frequent_products

),

frequent_items as (

    select
        basket_items.order_id,
        numbered_products.product_no
    from basket_items
    inner join numbered_products
        on basket_items.product_id = numbered_products.product_id

),

pairs as (

    select
        a.product_no as product_no_a,
        b.product_no as product_no_b,
        count(*) as orders_both
    from frequent_items as a
    inner join frequent_items as b
        on
            a.order_id = b.order_id
            and a.product_no < b.product_no
    group by a.product_no, b.product_no

)

select
    a.product_id as product_a,
    b.product_id as product_b,
    products_a.product_name as product_name_a,
    products_b.product_name as product_name_b,
    pairs.orders_both,
    a.orders as orders_a,
    b.orders as orders_b,
    a.base_orders,
    {{ ratio('pairs.orders_both', 'a.base_orders') }} as support,
    {{ ratio('pairs.orders_both', 'a.orders') }} as confidence_ab,
    {{ ratio('pairs.orders_both', 'b.orders') }} as confidence_ba,
    {{ lift('pairs.orders_both', 'a.orders', 'b.orders', 'a.base_orders') }} as lift,
    {{ lift_lower_bound('pairs.orders_both', 'a.orders', 'b.orders', 'a.base_orders') }} as lift_lo
from pairs
inner join numbered_products as a
    on pairs.product_no_a = a.product_no
inner join numbered_products as b
    on pairs.product_no_b = b.product_no
left join products as products_a
    on a.product_id = products_a.product_id
left join products as products_b
    on b.product_id = products_b.product_id
where pairs.orders_both >= a.min_orders
