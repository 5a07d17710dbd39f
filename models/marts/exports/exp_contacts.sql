with

source_customers as (

    select * from {{ ref('stg_customers') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

calling_codes as (

    select * from {{ ref('calling_codes') }}

),

-- The address is the one that was written and confirmed, not the one people are recognised by.
written_contacts as (

    select
        accounts.customer_id,
        accounts.priority,
        case
            when {{ is_address('source_customers.email') }}
                then lower(trim(source_customers.email))
        end as email,
        coalesce(source_customers.email_consent = 'confirmed', false) as is_email_confirmed,
        case
            when not contains(source_customers.phone, '*')
                then {{ e164(
                    'source_customers.phone',
                    'calling_codes.calling_code',
                    'calling_codes.trunk_prefix'
                ) }}
        end as phone_e164,
        coalesce(source_customers.sms_consent = 'confirmed', false) as is_sms_confirmed,
        nullif(trim(source_customers.first_name), '') as first_name,
        nullif(trim(source_customers.last_name), '') as last_name
    from source_customers
    inner join accounts
        on source_customers.customer_id = accounts.source_customer_id
    left join calling_codes
        on
            upper(
                coalesce(
                    source_customers.country_code,
                    {{ "'" ~ var('phone_country') ~ "'" if var('phone_country', none) else 'null' }}
                )
            )
            = calling_codes.country_code

),

-- Of a person's accounts a confirmed contact comes first, then the account's place.
people as (

    select
        customer_id,
        arg_min(email, (not is_email_confirmed, priority)) as email,
        bool_or(is_email_confirmed and email is not null) as is_email_confirmed,
        arg_min(phone_e164, (not is_sms_confirmed, priority)) as phone_e164,
        bool_or(is_sms_confirmed and phone_e164 is not null) as is_sms_confirmed,
        arg_min(first_name, priority) as first_name,
        arg_min(last_name, priority) as last_name
    from written_contacts
    group by customer_id

)

select
    customer_id,
    email,
    sha256(email) as sha256_email,
    is_email_confirmed,
    phone_e164,
    is_sms_confirmed,
    first_name,
    last_name
from people
