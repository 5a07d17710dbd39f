with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as refund_item_id,
        cast(null as varchar) as refund_id,
        cast(null as bigint) as line_no,
        cast(null as varchar) as order_id,
        cast(null as bigint) as order_line_no,
        cast(null as varchar) as product_id,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as restocked_quantity
    where false

    {{ union_adapters('refund_items') }}

),

one_row_per_key as (

    {{ one_row_per_key('all_sources', ['source', 'refund_id', 'line_no'], ['order_id']) }}

)

select * {{ with_source_in_keys(['refund_item_id', 'refund_id', 'order_id', 'product_id']) }}
from one_row_per_key
