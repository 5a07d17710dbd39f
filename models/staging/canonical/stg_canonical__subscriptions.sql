{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'subscriptions') }}

),

cleaned as (

    select
        'canonical' as source,
        subscription_id,
        customer_id,
        plan,
        started_at,
        trial_ends_at,
        first_paid_at,
        cancelled_at,
        cancel_reason,
        amount,
        upper(trim(currency)) as currency
    from source
    where subscription_id is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'subscription_id'],
    [
        'cancelled_at desc nulls last',
        'first_paid_at desc nulls last',
        'started_at desc nulls last',
    ],
) }}
