-- What orders call the regions they are sent to, each way once, with the region's own id.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

names as (

    select * from {{ ref('int_region_names') }}

),

countries as (

    select * from {{ ref('country_names') }}

),

known_countries as (

    select country_code
    from countries
    group by country_code

),

known_regions as (

    select region_id
    from names
    group by region_id

),

-- Within the country first. Where none is known that it was sent to, a region that only one country
-- has is still found: MI is Michigan, but not in an order to Italy.
single_names as (

    select
        spelling,
        min(region_id) as region_id
    from names
    group by spelling
    having count(distinct region_id) = 1

),

used_names as (

    select
        region_id as named_region,
        coalesce(shipping_country_code, billing_country_code, '(unknown)') as country_code,
        shipping_country_code is not null as is_shipping_country
    from orders
    where region_id is not null
    group by all

),

matched_names as (

    select
        used_names.*,
        coalesce(
            names.region_id,
            case when known_countries.country_code is null then single_names.region_id end
        ) as matched_region_id
    from used_names
    left join names
        on
            used_names.country_code = names.country_code
            and {{ normalised_place('used_names.named_region') }} = names.spelling
    left join single_names
        on {{ normalised_place('used_names.named_region') }} = single_names.spelling
    left join known_countries
        on
            used_names.is_shipping_country
            and used_names.country_code = known_countries.country_code

)

-- What no list has keeps its name, unless that is another region's id.
select
    matched_names.named_region,
    matched_names.country_code,
    matched_names.is_shipping_country,
    coalesce(
        matched_names.matched_region_id,
        case when known_regions.region_id is null then matched_names.named_region end,
        '(unknown)'
    ) as region_id,
    matched_names.matched_region_id is not null as is_region_known
from matched_names
left join known_regions
    on matched_names.named_region = known_regions.region_id
