with

all_sources as (

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

)

select * from all_sources
