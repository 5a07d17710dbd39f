{{ config(type='table') }}

with

customers as (

    select * from {{ ref('dim_customers') }}

),

segments as (

    select * from {{ ref('dim_segments') }}

),

members as (

    select * from {{ ref('bridge_customer_segments') }}

),

customer_products as (

    select * from {{ ref('fct_customer_products') }} where units_net > 0

),

customer_categories as (

    select * from {{ ref('fct_customer_categories') }}

),

orders as (

    select * from {{ ref('fct_orders') }} where is_valid and not is_anonymous

),

regions as (

    select * from {{ ref('dim_regions') }}

),

parts as (

    select unnest(string_split_regex(trim(cast(key as varchar)), '\s*,\s*')) as part

),

-- A mistyped key is an error: nobody is what a segment may hold as well.
unknown_parts as (

    select string_agg(parts.part, ', ' order by parts.part) as unknown
    from parts
    left join segments
        on parts.part = segments.segment_key
    where
        {{ function('is_given') }}(key)
        and segments.segment_key is null
        and not regexp_matches(parts.part, '^(bought|category|country|region|city):')
        -- One city can have a comma in its name.
        and not regexp_matches(
            trim(cast(key as varchar)), '^(bought|category|country|region|city):'
        )

),

keyed_customers as (

    select
        members.segment_key as segment_key,
        members.customer_id
    from members
    where {{ function('is_given') }}(key)
    union all
    select
        'bought:' || unnest([customer_products.product_id, customer_products.parent_product_id]),
        customer_products.customer_id
    from customer_products
    where {{ function('is_given') }}(key)
    union all
    select
        'category:' || customer_categories.category,
        customer_categories.customer_id
    from customer_categories
    where {{ function('is_given') }}(key)
    union all
    select
        'country:' || customers.country_code,
        customers.customer_id
    from customers
    where {{ function('is_given') }}(key)
    union all
    select
        unnest(['region:' || orders.region_id, 'region:' || regions.region_name, 'city:' || orders.shipping_city]),
        orders.customer_id
    from orders
    left join regions
        on orders.region_id = regions.region_id
    where {{ function('is_given') }}(key)
    union all
    select
        'city:' || customers.city,
        customers.customer_id
    from customers
    where {{ function('is_given') }}(key)

),

matched_customers as (

    select keyed_customers.customer_id
    from keyed_customers
    where {{ function('is_any_of') }}(keyed_customers.segment_key, key)
    group by keyed_customers.customer_id

)

select customers.customer_id
from customers
cross join unknown_parts
left join matched_customers
    on customers.customer_id = matched_customers.customer_id
where
    case
        when unknown_parts.unknown is not null
            then error('no segment, and none of bought:, category:, country:, region:, city: - ' || unknown_parts.unknown)
        else matched_customers.customer_id is not null or not {{ function('is_given') }}(key)
    end
