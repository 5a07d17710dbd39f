with

all_sources as materialized (

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

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'cart_id'],
        [
            'order_id nulls last',
            'updated_at desc nulls last',
            'checkout_started_at desc nulls last',
            'created_at desc nulls last',
        ],
    ) }}

)

select * {{ with_source_in_keys(['cart_id', 'session_id', 'customer_id', 'order_id']) }}
from one_row_per_key
