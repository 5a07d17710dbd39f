with

subscriptions as (

    select * from {{ ref('stg_subscriptions') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

)

-- What is dated on or after as_of is not seen: a later end leaves the subscription running.
select
    subscriptions.subscription_id,
    identities.customer_id,
    subscriptions.trial_ends_at is not null as has_trial,
    {{ local_date('subscriptions.started_at') }} as started_date,
    case
        when {{ local_date('subscriptions.first_paid_at') }} < as_of.as_of
            then {{ local_date('subscriptions.first_paid_at') }}
    end as paid_date,
    case
        when {{ local_date('subscriptions.cancelled_at') }} < as_of.as_of
            then {{ local_date('subscriptions.cancelled_at') }}
    end as cancelled_date
from subscriptions
inner join identities
    on subscriptions.customer_id = identities.source_customer_id
cross join as_of
where {{ local_date('subscriptions.started_at') }} < as_of.as_of
