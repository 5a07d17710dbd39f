with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as cart_id,
        cast(null as integer) as line_no,
        cast(null as varchar) as product_id,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as unit_price
    where false

    {{ union_adapters('cart_items') }}

)

select * from all_sources
