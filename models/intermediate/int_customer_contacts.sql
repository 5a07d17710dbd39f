with

customers as (

    select * from {{ ref('stg_customers') }}

),

relay_domains as (

    select * from {{ ref('relay_email_domains') }}

),

calling_codes as (

    select * from {{ ref('calling_codes') }}

),

emails as (

    select
        customer_id as account_id,
        'email' as kind,
        coalesce(md5({{ normalised_email('email') }}), lower(trim(email_hash))) as contact_key,
        lower(trim(split_part(email, '@', 2))) as domain,
        coalesce(contains(email, '*'), false) as is_masked,
        first_name,
        last_name
    from customers

),

-- A number without a country in front of it is of the customer's country, else of the shop's.
phones as (

    select
        customers.customer_id as account_id,
        'phone' as kind,
        md5({{ e164(
            'customers.phone', 'calling_codes.calling_code', 'calling_codes.trunk_prefix'
        ) }}) as contact_key,
        cast(null as varchar) as domain,
        contains(customers.phone, '*') as is_masked,
        customers.first_name,
        customers.last_name
    from customers
    left join calling_codes
        on
            upper(
                coalesce(
                    customers.country_code,
                    {{ "'" ~ var('phone_country') ~ "'" if var('phone_country', none) else 'null' }}
                )
            )
            = calling_codes.country_code
    where customers.phone is not null

),

contacts as (

    select * from emails where contact_key is not null
    union all
    select * from phones where contact_key is not null

),

busy_contacts as (

    select
        kind,
        contact_key
    from contacts
    group by kind, contact_key
    having count(*) > {{ var('identity_max_names') }}

),

names as (

    select
        contacts.kind,
        contacts.contact_key,
        count(
            distinct nullif(
                lower(trim(concat_ws(' ', trim(contacts.first_name), trim(contacts.last_name)))), ''
            )
        ) as name_count
    from contacts
    inner join busy_contacts
        on
            contacts.kind = busy_contacts.kind
            and contacts.contact_key = busy_contacts.contact_key
    group by contacts.kind, contacts.contact_key

),

judged_contacts as (

    select
        contacts.account_id,
        contacts.kind,
        contacts.contact_key,
        case
            when contacts.is_masked then 'masked'
            when relay_domains.domain is not null then 'relay'
            when names.name_count > {{ var('identity_max_names') }} then 'shared'
        end as problem
    from contacts
    left join relay_domains
        on contacts.domain = relay_domains.domain
    left join names
        on
            contacts.kind = names.kind
            and contacts.contact_key = names.contact_key

)

select
    account_id,
    kind,
    contact_key,
    problem,
    problem is null as is_personal
from judged_contacts
