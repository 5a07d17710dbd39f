-- Trap 37: a region that no source names is in no report on regions; a few are usual, many are not.
{{ config(severity='warn') }}
with

orders as (

    select
        count(*) as orders,
        count(*) filter (where not is_region_known) as unknown_orders
    from {{ ref('int_order_regions') }}
    where is_valid and named_region is not null

),

regions as (

    select count(*) as regions
    from {{ ref('stg_regions') }}

)

select
    orders.orders,
    orders.unknown_orders
from orders
cross join regions
where
    regions.regions > 0
    and orders.unknown_orders * 100 > orders.orders * 2
