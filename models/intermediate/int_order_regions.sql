-- Where each order was sent, in the region's own id.
with

orders as (

    select * from {{ ref('fct_orders') }}

),

names as (

    select * from {{ ref('int_region_names') }}

),

-- Within the country first; an order without a country may still name a region that is known once.
single_names as (

    select
        spelling,
        min(region_id) as region_id
    from names
    group by spelling
    having count(distinct region_id) = 1

)

select
    orders.order_id,
    coalesce(orders.shipping_country_code, orders.country_code, '(unknown)') as country_code,
    coalesce(names.region_id, single_names.region_id, '(unknown)') as region_id,
    coalesce(names.region_id, single_names.region_id) is not null as is_region_known,
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
left join names
    on
        coalesce(orders.shipping_country_code, orders.country_code) = names.country_code
        and {{ normalised_place('orders.region_id') }} = names.spelling
left join single_names
    on {{ normalised_place('orders.region_id') }} = single_names.spelling
