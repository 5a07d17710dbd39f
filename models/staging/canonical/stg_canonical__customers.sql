{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'customers') }}

),

one_row_per_key as (

    select *
    from source
    where customer_id is not null
    qualify row_number() over (
        partition by customer_id
        order by
            created_at desc nulls last,
            email,
            phone,
            email_hash,
            last_name,
            first_name,
            postal_code,
            city
    ) = 1

)

select
    'canonical' as source,
    customer_id,
    created_at,
    coalesce(is_guest, false) as is_guest,
    email_hash,
    email,
    phone,
    first_name,
    last_name,
    city,
    region_id,
    country_code,
    postal_code,
    language,
    birth_year,
    gender,
    acquisition_channel,
    referrer_customer_id,
    accepts_marketing,
    email_consent,
    sms_consent,
    loyalty_tier,
    loyalty_joined_at,
    tags
from one_row_per_key
