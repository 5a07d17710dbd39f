with

regions as (

    select * from {{ ref('stg_regions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

used_regions as (

    select region_id from orders
    union
    select region_id from refunds
    union
    select coalesce(region_id, '(unknown)') as region_id from customers

),

order_countries as (

    select
        region_id,
        arg_max(shipping_country_code, ordered_at) as country_code
    from orders
    where shipping_country_code is not null
    group by region_id

)

select
    coalesce(regions.region_id, used_regions.region_id) as region_id,
    coalesce(regions.region_name, used_regions.region_id) as region_name,
    case
        when regions.region_id is not null then regions.country_code
        when used_regions.region_id <> '(unknown)' then order_countries.country_code
    end as country_code,
    regions.parent_region_id,
    regions.population,
    regions.population_year,
    regions.target_population,
    regions.latitude,
    regions.longitude,
    regions.region_id is not null as is_matched
from regions
full join used_regions
    on regions.region_id = used_regions.region_id
left join order_countries
    on used_regions.region_id = order_countries.region_id
