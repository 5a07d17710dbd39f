with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as cart_id,
        cast(null as varchar) as session_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at,
        cast(null as timestamp) as checkout_started_at,
        cast(null as varchar) as order_id,
        cast(null as decimal(18, 4)) as cart_value,
        cast(null as varchar) as currency
    where false

    {{ union_adapters('carts') }}

)

select * from all_sources
