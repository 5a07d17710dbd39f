{{ config(materialized='ephemeral') }}

with

exported as (

    select * from {{ source('shopify', 'customers') }}

),

heads as (

    select *
    from {{ ref('stg_shopify__rows') }}
    where is_head and customer_id is not null

),

countries as (

    select * from {{ ref('country_names') }}

),

buyers as (

    select
        source,
        customer_id,
        max(email_hash) as email_hash,
        arg_min(email, (created_at, order_id)) as email,
        arg_max(phone, (created_at, order_id)) as phone,
        min(created_at) as created_at,
        arg_max(accepts_marketing, (created_at, order_id)) as accepts_marketing,
        arg_max(city, (created_at, order_id)) as city,
        arg_max(region_id, (created_at, order_id)) as region_id,
        arg_max(shipping_country, (created_at, order_id)) as country,
        arg_max(postal_code, (created_at, order_id)) as postal_code
    from heads
    group by source, customer_id

),

accounts as (

    select
        _source as source,
        coalesce(
            md5({{ normalised_email('"Email"') }}),
            {{ without_apostrophe('"Customer ID"') }},
            -- Older exports have no number.
            {{ contact_key('"Email"', '"Phone"') }}
        ) as customer_id,
        md5({{ normalised_email('"Email"') }}) as email_hash,
        trim("Email") as email,
        {{ without_apostrophe('"Phone"') }} as phone,
        nullif(trim("First Name"), '') as first_name,
        nullif(trim("Last Name"), '') as last_name,
        nullif(trim("Default Address City"), '') as city,
        nullif(trim("Default Address Province Code"), '') as region_id,
        lower(trim("Default Address Country Code")) as country,
        {{ without_apostrophe('"Default Address Zip"') }} as postal_code,
        lower(trim("Accepts Email Marketing")) = 'yes'
            as accepts_marketing,
        case lower(trim("Accepts Email Marketing"))
            when 'yes' then 'confirmed'
            when 'no' then 'none'
        end as email_consent,
        case lower(trim("Accepts SMS Marketing"))
            when 'yes' then 'confirmed'
            when 'no' then 'none'
        end as sms_consent,
        nullif(trim("Tags"), '') as tags
    from exported

),

everybody as (

    select
        coalesce(accounts.source, buyers.source) as source,
        coalesce(accounts.customer_id, buyers.customer_id) as customer_id,
        buyers.created_at,
        coalesce(accounts.email_hash, buyers.email_hash) as email_hash,
        coalesce(accounts.email, buyers.email) as email,
        coalesce(accounts.phone, buyers.phone) as phone,
        accounts.first_name,
        accounts.last_name,
        coalesce(accounts.city, buyers.city) as city,
        coalesce(accounts.region_id, buyers.region_id) as region_id,
        coalesce(accounts.country, buyers.country) as country,
        coalesce(accounts.postal_code, buyers.postal_code) as postal_code,
        coalesce(accounts.accepts_marketing, buyers.accepts_marketing) as accepts_marketing,
        coalesce(
            accounts.email_consent, case when buyers.accepts_marketing then 'confirmed' else 'none' end
        ) as email_consent,
        accounts.sms_consent,
        accounts.tags
    from accounts
    full join buyers
        on
            accounts.source = buyers.source
            and accounts.customer_id = buyers.customer_id

)

select
    everybody.* exclude (country),
    false as is_guest,
    coalesce(countries.country_code, upper(everybody.country)) as country_code
from everybody
left join countries
    on everybody.country = countries.country_name
where everybody.customer_id is not null
