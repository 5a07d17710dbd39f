with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as cart_id,
        cast(null as integer) as line_no,
        cast(null as varchar) as product_id,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as unit_price
    where false

    {{ union_adapters('cart_items') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'cart_id', 'line_no'],
        ['product_id', 'quantity'],
    ) }}

)

select * {{ with_source_in_keys(['cart_id', 'product_id']) }}
from one_row_per_key
