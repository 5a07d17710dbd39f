{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'customers') }}

)

select
    _source as source,
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
from source
where trim(customer_id) <> ''
