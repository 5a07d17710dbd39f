with

source_customers as (

    select * from {{ ref('stg_customers') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

seen_accounts as (

    select
        source_customers.customer_id as source_customer_id,
        identities.customer_id,
        source_customers.is_guest,
        source_customers.created_at,
        {{ local_date('source_customers.created_at') }} as created_date
    from source_customers
    inner join identities
        on source_customers.customer_id = identities.source_customer_id

)

-- The account that gives the id comes first, then accounts before guests, old before new.
select
    seen_accounts.source_customer_id,
    seen_accounts.customer_id,
    seen_accounts.is_guest,
    seen_accounts.created_date,
    row_number() over (
        partition by seen_accounts.customer_id
        order by
            seen_accounts.source_customer_id <> seen_accounts.customer_id,
            seen_accounts.is_guest,
            seen_accounts.created_at nulls last,
            seen_accounts.source_customer_id
    ) as priority
from seen_accounts
cross join as_of
where coalesce(seen_accounts.created_date < as_of.as_of, true)
