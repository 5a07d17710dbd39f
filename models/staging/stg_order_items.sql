with

all_sources as materialized (

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

),

one_row_per_key as (

    {{ one_row_per_key('all_sources', ['source', 'order_id', 'line_no'], ['product_id']) }}

)

select * {{ with_source_in_keys(['order_item_id', 'order_id', 'product_id', 'seller_id']) }}
from one_row_per_key
