with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as subscription_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as plan,
        cast(null as timestamp) as started_at,
        cast(null as timestamp) as trial_ends_at,
        cast(null as timestamp) as first_paid_at,
        cast(null as timestamp) as cancelled_at,
        cast(null as varchar) as cancel_reason,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as currency
    where false

    {{ union_adapters('subscriptions') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'subscription_id'],
        [
            'cancelled_at desc nulls last',
            'first_paid_at desc nulls last',
            'started_at desc nulls last',
        ],
    ) }}

)

select * {{ with_source_in_keys(['subscription_id', 'customer_id']) }}
from one_row_per_key
