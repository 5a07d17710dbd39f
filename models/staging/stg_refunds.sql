with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as refund_id,
        cast(null as varchar) as order_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as refunded_at,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as tax_amount,
        cast(null as decimal(18, 4)) as shipping_amount,
        cast(null as varchar) as currency,
        cast(null as varchar) as reason,
        cast(null as boolean) as is_date_estimated
    where false

    {{ union_adapters('refunds') }}

),

one_row_per_key as (

    {{ one_row_per_key('all_sources', ['source', 'refund_id'], ['refunded_at desc nulls last']) }}

)

select * {{ with_source_in_keys(['refund_id', 'order_id', 'customer_id']) }}
from one_row_per_key
