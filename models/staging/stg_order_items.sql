with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as order_item_id,
        cast(null as varchar) as order_id,
        cast(null as bigint) as line_no,
        cast(null as varchar) as product_id,
        cast(null as varchar) as description,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as unit_price,
        cast(null as decimal(18, 4)) as compare_at_price,
        cast(null as decimal(18, 4)) as line_amount,
        cast(null as decimal(18, 4)) as discount_amount,
        cast(null as decimal(18, 4)) as tax_amount,
        cast(null as decimal(18, 4)) as shipping_amount,
        cast(null as decimal(18, 4)) as unit_cost,
        cast(null as boolean) as is_gift,
        cast(null as varchar) as seller_id
    where false

    {{ union_adapters('order_items') }}

)

select * from all_sources
