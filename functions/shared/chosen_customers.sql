{{ config(type='table') }}

with

customers as (

    select * from {{ ref('dim_customers') }}

),

of_customers as (

    select *
    from {{ function('filtered_customers') }}(
        rfm_segment := rfm_segment, value_tier := value_tier, segment := segment,
        since_from := since_from, since_to := since_to
    )

),

of_orders as (

    select orders.customer_id
    from {{ function('filtered_orders') }}(
        store := store, channel := channel, country := country, region := region, city := city,
        product := product, category := category, campaign := campaign
    ) as orders
    where {{ asks_for_orders() }} and orders.customer_id is not null
    group by orders.customer_id

)

select customers.customer_id
from customers
left join of_customers
    on case when {{ asks_for_customers() }} then customers.customer_id end = of_customers.customer_id
left join of_orders
    on case when {{ asks_for_orders() }} then customers.customer_id end = of_orders.customer_id
where
    {{ asks_for_anything() }}
    and (not {{ asks_for_customers() }} or of_customers.customer_id is not null)
    and (not {{ asks_for_orders() }} or of_orders.customer_id is not null)
    and {{ function('passes_band') }}(
        customers.customer_id, customers.net_revenue, revenue_min, revenue_max
    )
