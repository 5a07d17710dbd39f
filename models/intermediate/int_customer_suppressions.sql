with

source_customers as (

    select * from {{ ref('stg_customers') }}

),

suppressions as (

    select * from {{ ref('stg_suppressions') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

-- An address is compared as it was written, never folded: the list names that address.
account_addresses as (

    select
        identities.customer_id,
        md5(lower(trim(source_customers.email))) as address_md5,
        sha256(lower(trim(source_customers.email))) as address_sha256,
        lower(trim(source_customers.email_hash)) as delivered_hash
    from source_customers
    inner join identities
        on source_customers.customer_id = identities.source_customer_id

),

listed_hashes as (

    select
        lower(trim(email_hash)) as email_hash,
        min(suppressed_at) as suppressed_at
    from suppressions
    where email_hash is not null
    group by lower(trim(email_hash))

),

refusals as (

    select
        identities.customer_id,
        suppressions.suppressed_at
    from suppressions
    inner join identities
        on suppressions.customer_id = identities.source_customer_id
    union all
    select
        account_addresses.customer_id,
        listed_hashes.suppressed_at
    from listed_hashes
    inner join account_addresses
        on listed_hashes.email_hash = account_addresses.address_md5
    union all
    select
        account_addresses.customer_id,
        listed_hashes.suppressed_at
    from listed_hashes
    inner join account_addresses
        on listed_hashes.email_hash = account_addresses.address_sha256
    union all
    select
        account_addresses.customer_id,
        listed_hashes.suppressed_at
    from listed_hashes
    inner join account_addresses
        on listed_hashes.email_hash = account_addresses.delivered_hash
    union all
    select
        identities.customer_id,
        cast(null as timestamp) as suppressed_at
    from source_customers
    inner join identities
        on source_customers.customer_id = identities.source_customer_id
    where source_customers.email_consent = 'unsubscribed'

)

select
    customer_id,
    min(suppressed_at) as suppressed_at
from refusals
group by customer_id
