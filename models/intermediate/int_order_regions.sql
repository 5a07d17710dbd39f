-- Where each order was sent, in the region's own id.
with

orders as (

    select * from {{ ref('fct_orders') }}

),

names as (

    select * from {{ ref('int_region_names') }}

),

known_regions as (

    select region_id
    from names
    group by region_id

)

select
    orders.order_id,
    coalesce(orders.shipping_country_code, orders.country_code, '(unknown)') as country_code,
    coalesce(known_regions.region_id, '(unknown)') as region_id,
    known_regions.region_id is not null as is_region_known,
    orders.region_id as named_region,
    orders.customer_id,
    orders.is_anonymous,
    orders.is_valid,
    orders.order_date,
    orders.units,
    orders.refunded_units,
    orders.gross_revenue,
    orders.revenue_before_refunds,
    orders.net_revenue_order_basis
from orders
left join known_regions
    on orders.region_id = known_regions.region_id
