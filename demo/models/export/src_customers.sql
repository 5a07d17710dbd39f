{{ config(
    materialized='external',
    location=var('output') ~ '/customers.' ~ var('format'),
    format=var('format'),
) }}

-- Accounts: one for each person, and a second one for a few of them; 'linked' ones are in
-- customer_identities only.
with people as (

    select * from {{ ref('gen_customers') }}

),

referrers as (

    select
        customer_no,
        first_ordered_at
    from people

),

accounts as (

    select
        people.*,
        'c' || people.customer_no as customer_id,
        people.email as account_email,
        people.phone as account_phone,
        false as is_second
    from people

    union all

    select
        people.*,
        'c' || people.customer_no || 'b',
        {{ second_email('people') }},
        case when people.duplicate_kind = 'phone' then people.phone end,
        true
    from people
    where people.duplicate_kind in ('case', 'phone')

)

select
    accounts.customer_id,
    case
        when accounts.is_second
            then least(accounts.created_at + interval 1 hour, accounts.first_seen_at)
        else accounts.created_at
    end as created_at,
    md5(lower(trim(accounts.account_email))) as email_hash,
    accounts.is_guest,
    accounts.first_name,
    accounts.last_name,
    accounts.city,
    accounts.region_id,
    accounts.country_code,
    accounts.postal_code,
    accounts.acquisition_channel,
    accounts.email_consent = 'confirmed' as accepts_marketing,
    accounts.birth_year,
    accounts.gender,
    accounts.account_email as email,
    accounts.account_phone as phone,
    accounts.language,
    accounts.email_consent,
    accounts.sms_consent,
    accounts.loyalty_tier,
    accounts.loyalty_joined_at,
    case
        when referrers.first_ordered_at < accounts.first_ordered_at and not accounts.is_second
            then 'c' || referrers.customer_no
    end as referrer_customer_id
from accounts
left join referrers on referrers.customer_no = accounts.referrer_no
order by accounts.customer_no, accounts.is_second
