with

next_products as (

    select * from {{ ref('agg_next_product') }}

),

asked_products as (

    select * from {{ function('rolled_up_products') }}(product := product)

)

select
    next_products.product_a,
    next_products.product_b,
    next_products.product_name_a,
    next_products.product_name_b,
    row_number() over (
        partition by next_products.product_a
        order by next_products.p_next desc, next_products.lift_lo desc, next_products.product_b
    ) as position,
    next_products.window_days,
    next_products.orders_both,
    next_products.orders_a,
    next_products.orders_b,
    next_products.base_orders,
    next_products.p_next,
    next_products.lift,
    next_products.lift_lo
from next_products
left join asked_products
    on next_products.product_a = asked_products.product_id
where not {{ function('is_given') }}(product) or asked_products.product_id is not null
order by next_products.product_a, position
