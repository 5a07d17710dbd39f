with

lines as (

    select * from {{ ref('int_order_lines') }}

),

orders as (

    select * from {{ ref('int_orders_classified') }}

),

products as (

    select * from {{ ref('stg_products') }}

),

product_costs as (

    select * from {{ ref('int_product_costs') }}

),

-- The line's own cost, else the product's cost on that day, else the catalogue's. What is no
-- merchandise costs nothing. A gift card is no revenue, so what it is worth is no cost.
known_costs as (

    select
        lines.order_item_id,
        lines.order_id,
        case
            when lines.is_gift_card then 0
            else
                coalesce(
                    lines.unit_cost,
                    product_costs.unit_cost,
                    products.unit_cost,
                    case when not lines.is_merchandise then 0 end
                )
        end as unit_cost,
        case
            when lines.unit_cost is not null then orders.currency
            when product_costs.unit_cost is not null then product_costs.currency
            when products.unit_cost is not null then coalesce(products.currency, orders.currency)
            else orders.currency
        end as currency
    from lines
    inner join orders
        on lines.order_id = orders.order_id
    left join products
        on lines.product_id = products.product_id
    left join product_costs
        on
            lines.product_id = product_costs.product_id
            and orders.order_date >= product_costs.valid_from
            and orders.order_date < product_costs.valid_to_excl

)

select
    order_item_id,
    order_id,
    unit_cost,
    currency
from known_costs
where unit_cost is not null
