with

items as (

    select *
    from {{ ref('fct_order_items') }}
    where is_valid and not is_anonymous and product_id is not null and not is_gift_card

),

products as (

    select * from {{ ref('dim_products') }}

)

select
    items.customer_id,
    items.product_id,
    products.parent_product_id,
    products.product_name,
    products.category,
    count(distinct items.order_id) as orders,
    cast(sum(items.quantity) as decimal(18, 4)) as units,
    cast(sum(items.refunded_quantity) as decimal(18, 4)) as refunded_units,
    cast(sum(items.quantity - items.refunded_quantity) as decimal(18, 4)) as units_net,
    cast(sum(items.gross_revenue) as decimal(18, 4)) as gross_revenue,
    cast(sum(items.net_revenue_order_basis) as decimal(18, 4)) as net_revenue_order_basis,
    min(items.order_date) as first_order_date,
    max(items.order_date) as last_order_date
from items
inner join products
    on items.product_id = products.product_id
group by
    items.customer_id,
    items.product_id,
    products.parent_product_id,
    products.product_name,
    products.category
