with

all_sources as materialized (

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

),

one_row_per_key as (

    {{ one_row_per_key('all_sources', ['source', 'product_id'], ['created_at desc nulls last']) }}

)

select * {{ with_source_in_keys(['product_id', 'parent_product_id']) }}
from one_row_per_key
