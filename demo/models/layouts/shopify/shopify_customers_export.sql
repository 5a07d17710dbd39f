{{ config(
    materialized='external',
    location=layout_file('shopify', 'customers_export.csv'),
    format='csv',
) }}

with spent as (

    select
        account_no,
        count(*) as order_count,
        sum(total_cents - refund_cents) as spent_cents
    from {{ ref('layout_orders') }}
    where
        account_no is not null
        and status not in ('pending', 'cancelled', 'failed')
    group by account_no

)

select
    '''' || (7000000000000 + accounts.account_no) as "Customer ID",
    accounts.first_name as "First Name",
    accounts.last_name as "Last Name",
    accounts.account_email as "Email",
    case when accounts.email_consent = 'confirmed' then 'yes' else 'no' end
    as "Accepts Email Marketing",
    null::varchar as "Default Address Company",
    accounts.street as "Default Address Address1",
    null::varchar as "Default Address Address2",
    accounts.city as "Default Address City",
    accounts.region_id as "Default Address Province Code",
    accounts.country_code as "Default Address Country Code",
    '''' || accounts.postal_code as "Default Address Zip",
    '''' || accounts.account_phone as "Default Address Phone",
    '''' || accounts.account_phone as "Phone",
    case when accounts.sms_consent = 'confirmed' then 'yes' else 'no' end as "Accepts SMS Marketing",
    {{ price_text('coalesce(spent.spent_cents, 0)') }} as "Total Spent",
    coalesce(spent.order_count, 0)::varchar as "Total Orders",
    case
        when accounts.customer_no % 50 = 0 then 'Likes to talk.' || chr(10) || 'Call after six.'
    end as "Note",
    'no' as "Tax Exempt",
    case
        when accounts.loyalty_tier is not null then 'loyalty, ' || accounts.loyalty_tier
        when accounts.is_guest then 'guest'
    end as "Tags"
from {{ ref('layout_accounts') }} as accounts
left join spent on spent.account_no = accounts.account_no
where accounts.duplicate_kind is distinct from 'linked' or not accounts.is_second
order by accounts.account_no
