with

customers as (

    select * from {{ ref('stg_customers') }}

),

contacts as (

    select * from {{ ref('int_customer_contacts') }}

),

identities as (

    select * from {{ ref('stg_customer_identities') }}

),

overrides as (

    select * from {{ ref('customer_merge_overrides') }}

),

kept_apart as (

    select
        customer_id,
        other_customer_id
    from overrides
    where action = 'keep_apart'

),

-- What two people share who are to stay two does not speak for the first of them.
silenced_contacts as (

    select
        contacts.account_id,
        contacts.kind
    from kept_apart
    inner join contacts
        on kept_apart.customer_id = contacts.account_id
    inner join contacts as other_contacts
        on
            kept_apart.other_customer_id = other_contacts.account_id
            and contacts.kind = other_contacts.kind
            and contacts.contact_key = other_contacts.contact_key
    group by contacts.account_id, contacts.kind

),

speaking_contacts as (

    select contacts.*
    from contacts
    left join silenced_contacts
        on
            contacts.account_id = silenced_contacts.account_id
            and contacts.kind = silenced_contacts.kind
    where
        contacts.is_personal
        and silenced_contacts.account_id is null

),

-- A contact that several accounts have ties each of them to the first.
hubs as (

    select
        kind,
        contact_key,
        min(account_id) as hub_id
    from speaking_contacts
    group by kind, contact_key
    having count(*) > 1

),

contact_links as (

    select
        speaking_contacts.account_id,
        hubs.hub_id as other_id,
        speaking_contacts.kind as method
    from speaking_contacts
    inner join hubs
        on
            speaking_contacts.kind = hubs.kind
            and speaking_contacts.contact_key = hubs.contact_key

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

map_links as (

    select
        unambiguous_identities.source_customer_key as account_id,
        unambiguous_identities.customer_id as other_id,
        'identity_map' as method
    from unambiguous_identities
    left join kept_apart
        on
            unambiguous_identities.source_customer_key = kept_apart.customer_id
            and unambiguous_identities.customer_id = kept_apart.other_customer_id
    left join kept_apart as kept_apart_turned
        on
            unambiguous_identities.source_customer_key = kept_apart_turned.other_customer_id
            and unambiguous_identities.customer_id = kept_apart_turned.customer_id
    where
        kept_apart.customer_id is null
        and kept_apart_turned.customer_id is null

),

override_links as (

    select
        customer_id as account_id,
        other_customer_id as other_id,
        'override' as method
    from overrides
    where action = 'merge'

),

links as (

    select * from contact_links
    union all
    select * from map_links
    union all
    select * from override_links

)

-- A key that only the map knows needs no circle drawn around it: it is what it is mapped to.
select
    links.account_id,
    links.other_id,
    links.method,
    links.method = 'identity_map' and customers.customer_id is null as is_alias
from links
left join customers
    on links.account_id = customers.customer_id
