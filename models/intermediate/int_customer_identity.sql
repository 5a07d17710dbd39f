with

customers as (

    select * from {{ ref('stg_customers') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

refunds as (

    select * from {{ ref('stg_refunds') }}

),

contacts as (

    select * from {{ ref('int_customer_contacts') }}

),

links as (

    select * from {{ ref('int_customer_links') }}

),

groups as (

    select * from {{ ref('int_customer_groups') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

channels as (

    select * from {{ ref('channel_map') }}

),

-- Every key is somebody; what later orders tell of it is not known yet.
order_keys as (

    select
        orders.customer_id as source_customer_id,
        bool_or(coalesce(channels.identity_reliable, true)) filter (
            where {{ local_date('orders.ordered_at') }} < as_of.as_of
        ) as has_reliable_order
    from orders
    cross join as_of
    left join channels
        on lower(trim(orders.channel_id)) = channels.channel_id
    where orders.customer_id is not null
    group by orders.customer_id

),

aliases as (

    select
        account_id as source_customer_id,
        other_id as account_id
    from links
    where is_alias

),

source_keys as (

    select customer_id as source_customer_id from customers
    union
    select source_customer_key as source_customer_id from {{ ref('stg_customer_identities') }}
    union
    select source_customer_id from order_keys
    union
    select customer_id as source_customer_id from refunds where customer_id is not null

),

accounts as (

    select
        source_keys.source_customer_id,
        coalesce(aliases.account_id, source_keys.source_customer_id) as account_id,
        aliases.account_id is not null as is_alias
    from source_keys
    left join aliases
        on source_keys.source_customer_id = aliases.source_customer_id

),

persons as (

    select
        accounts.source_customer_id,
        accounts.account_id,
        coalesce(groups.customer_id, accounts.account_id) as customer_id,
        case
            when groups.customer_id <> accounts.account_id then groups.method
            when accounts.is_alias then 'identity_map'
            else 'account'
        end as match_method
    from accounts
    left join groups
        on accounts.account_id = groups.account_id

),

account_contacts as (

    select
        account_id,
        bool_or(is_personal) as has_personal_contact
    from contacts
    group by account_id

),

-- A key that is recognised by nothing but an alias, or that was made for an order of a channel
-- which makes one for each, speaks against the person; one good key is enough to speak for it.
judged_keys as (

    select
        persons.*,
        case
            when order_keys.has_reliable_order is null and account_contacts.account_id is null
                then null
            else
                coalesce(order_keys.has_reliable_order, true)
                and coalesce(account_contacts.has_personal_contact, true)
        end as speaks_for
    from persons
    left join order_keys
        on persons.source_customer_id = order_keys.source_customer_id
    left join account_contacts
        on persons.source_customer_id = account_contacts.account_id

),

people as (

    select
        customer_id,
        coalesce(bool_or(speaks_for), true) as identity_reliable,
        row_number() over (order by customer_id) as customer_key
    from judged_keys
    group by customer_id

)

select
    judged_keys.source_customer_id,
    judged_keys.customer_id,
    cast(people.customer_key as integer) as customer_key,
    judged_keys.match_method,
    people.identity_reliable
from judged_keys
inner join people
    on judged_keys.customer_id = people.customer_id
