{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'subscriptions') }}

)

select
    _source as source,
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
