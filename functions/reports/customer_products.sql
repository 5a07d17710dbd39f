with

customer_products as (

    select * from {{ ref('fct_customer_products') }}

)

select
    customer_products.product_id,
    customer_products.parent_product_id,
    customer_products.product_name,
    customer_products.category,
    customer_products.orders,
    customer_products.units,
    customer_products.refunded_units,
    customer_products.units_net,
    customer_products.gross_revenue,
    customer_products.net_revenue_order_basis,
    customer_products.first_order_date,
    customer_products.last_order_date
from customer_products
where customer_products.customer_id = trim(cast(customer_id as varchar))
order by customer_products.net_revenue_order_basis desc, customer_products.product_id
