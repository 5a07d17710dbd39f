with

customers as (

    select * from {{ ref('stg_customers') }}

),

identities as (

    select * from {{ ref('stg_customer_identities') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

refunds as (

    select * from {{ ref('stg_refunds') }}

),

source_keys as (

    select customer_id as source_customer_id from customers
    union
    select source_customer_key as source_customer_id from identities
    union
    select customer_id as source_customer_id from orders where customer_id is not null
    union
    select customer_id as source_customer_id from refunds where customer_id is not null

),

-- A key that stands for different people in different systems stands for nobody.
unambiguous_identities as (

    select
        source_customer_key,
        min(customer_id) as customer_id
    from identities
    group by source_customer_key
    having count(distinct customer_id) = 1

),

-- The guest who uses an account's e-mail address is that account; among accounts the oldest
-- gives the id.
contacts as (

    select
        customer_id,
        is_guest,
        created_at,
        coalesce(md5({{ normalised_email('email') }}), lower(trim(email_hash))) as email_key
    from customers

),

people as (

    select
        customer_id as account_id,
        first_value(customer_id) over (
            partition by email_key order by is_guest, created_at nulls last, customer_id
        ) as customer_id
    from contacts
    where email_key is not null

),

accounts as (

    select
        source_keys.source_customer_id,
        coalesce(
            customers.customer_id,
            unambiguous_identities.customer_id,
            source_keys.source_customer_id
        ) as account_id,
        customers.customer_id is null and unambiguous_identities.customer_id is not null
            as is_mapped
    from source_keys
    left join customers
        on source_keys.source_customer_id = customers.customer_id
    left join unambiguous_identities
        on source_keys.source_customer_id = unambiguous_identities.source_customer_key

)

select
    accounts.source_customer_id,
    coalesce(people.customer_id, accounts.account_id) as customer_id,
    case
        when people.customer_id <> accounts.account_id then 'email'
        when accounts.is_mapped then 'identity_map'
        else 'account'
    end as match_method,
    true as identity_reliable
from accounts
left join people
    on accounts.account_id = people.account_id
