with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as payment_id,
        cast(null as varchar) as order_id,
        cast(null as timestamp) as paid_at,
        cast(null as varchar) as method,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(null as varchar) as currency,
        cast(null as integer) as installments,
        cast(null as varchar) as status
    where false

    {{ union_adapters('payments') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'payment_id'],
        ['paid_at desc nulls last', 'status'],
    ) }}

)

select * {{ with_source_in_keys(['payment_id', 'order_id']) }}
from one_row_per_key
