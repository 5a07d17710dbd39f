with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as order_id,
        cast(null as varchar) as store_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as ordered_at,
        cast(null as varchar) as status,
        cast(null as varchar) as channel_id,
        cast(null as varchar) as region_id,
        cast(null as varchar) as billing_country_code,
        cast(null as varchar) as shipping_country_code,
        cast(null as varchar) as shipping_city,
        cast(null as varchar) as currency,
        cast(null as decimal(18, 4)) as subtotal,
        cast(null as decimal(18, 4)) as discount_amount,
        cast(null as decimal(18, 4)) as shipping_amount,
        cast(null as decimal(18, 4)) as tax_amount,
        cast(null as decimal(18, 4)) as total_amount,
        cast(null as decimal(18, 4)) as fulfilment_cost,
        cast(null as boolean) as prices_include_tax,
        cast(null as boolean) as is_test,
        cast(null as boolean) as is_trial,
        cast(null as boolean) as is_gift_card_purchase,
        cast(null as timestamp) as paid_at,
        cast(null as timestamp) as cancelled_at,
        cast(null as timestamp) as shipped_at,
        cast(null as timestamp) as delivered_at,
        cast(null as timestamp) as promised_at,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as session_id
    where false

    {{ union_adapters('orders') }}

),

one_row_per_key as (

    -- Of rows that repeat a key, the one furthest on its way is kept.
    {{ one_row_per_key(
        'all_sources',
        ['source', 'order_id'],
        [
            'delivered_at desc nulls last',
            'shipped_at desc nulls last',
            'cancelled_at desc nulls last',
            'paid_at desc nulls last',
            'ordered_at desc nulls last',
            "nullif(list_position(
                ['refunded', 'partially_refunded', 'cancelled', 'failed', 'delivered', 'shipped', 'paid'],
                status
            ), 0) nulls last",
            'status',
        ],
    ) }}

)

select * {{ with_source_in_keys(['order_id', 'customer_id', 'session_id']) }}
from one_row_per_key
