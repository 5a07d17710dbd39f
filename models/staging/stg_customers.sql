with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as created_at,
        cast(null as boolean) as is_guest,
        cast(null as varchar) as email_hash,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as region_id,
        cast(null as varchar) as country_code,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as language,
        cast(null as integer) as birth_year,
        cast(null as varchar) as gender,
        cast(null as varchar) as acquisition_channel,
        cast(null as varchar) as referrer_customer_id,
        cast(null as boolean) as accepts_marketing,
        cast(null as varchar) as email_consent,
        cast(null as varchar) as sms_consent,
        cast(null as varchar) as loyalty_tier,
        cast(null as timestamp) as loyalty_joined_at,
        cast(null as varchar) as tags
    where false

    {{ union_adapters('customers') }}

),

one_row_per_key as (

    {{ one_row_per_key('all_sources', ['source', 'customer_id'], ['created_at desc nulls last']) }}

)

select * {{ with_source_in_keys(['customer_id', 'referrer_customer_id']) }}
from one_row_per_key
