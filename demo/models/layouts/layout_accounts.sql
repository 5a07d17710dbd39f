-- Accounts as other systems hold them. A second account that only customer_identities knows has the
-- address of the first one here: such systems cannot say it otherwise.
with people as (

    select * from {{ ref('gen_customers') }}

),

accounts as (

    select
        people.*,
        false as is_second,
        people.email as account_email,
        people.phone as account_phone
    from people

    union all

    select
        people.*,
        true,
        {{ second_email('people') }},
        case when people.duplicate_kind = 'phone' then people.phone end
    from people
    where people.duplicate_kind is not null

)

select
    customer_no,
    is_second,
    customer_no::bigint * 10 + is_second::integer as account_no,
    'c' || customer_no || case when is_second then 'b' else '' end as customer_id,
    is_guest,
    duplicate_kind,
    first_name,
    last_name,
    account_email,
    account_phone,
    'Long Lane ' || (1 + customer_no % 97) as street,
    city,
    region_id,
    country_code,
    postal_code,
    email_consent,
    sms_consent,
    loyalty_tier
from accounts
