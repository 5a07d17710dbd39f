with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as product_id,
        cast(null as varchar) as parent_product_id,
        cast(null as varchar) as sku,
        cast(null as varchar) as product_name,
        cast(null as varchar) as category,
        cast(null as varchar) as subcategory,
        cast(null as varchar) as vendor,
        cast(null as decimal(18, 4)) as unit_cost,
        cast(null as decimal(18, 4)) as list_price,
        cast(null as varchar) as currency,
        cast(null as boolean) as is_merchandise,
        cast(null as boolean) as is_gift_card,
        cast(null as timestamp) as created_at
    where false

    {{ union_adapters('products') }}

)

select * from all_sources
