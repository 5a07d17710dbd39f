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

known_customers as (

    select
        accounts.customer_id,
        accounts.priority,
        source_customers.first_name,
        source_customers.last_name,
        {{ normalised_email('source_customers.email') }} as email,
        source_customers.phone,
        {{ e164(
            'source_customers.phone', 'calling_codes.calling_code', 'calling_codes.trunk_prefix'
        ) }} as phone_e164,
        source_customers.postal_code,
        source_customers.birth_year,
        source_customers.gender
    from accounts
    inner join source_customers
        on accounts.source_customer_id = source_customers.customer_id
    left join calling_codes
        on {{ phone_country('source_customers.country_code') }} = calling_codes.country_code

)

-- Of a person's accounts the first that knows a value gives it.
select
    customer_id,
    arg_min(first_name, priority) as first_name,
    arg_min(last_name, priority) as last_name,
    arg_min(email, priority) as email,
    arg_min(phone, priority) as phone,
    arg_min(phone_e164, priority) as phone_e164,
    arg_min(postal_code, priority) as postal_code,
    arg_min(birth_year, priority) as birth_year,
    arg_min(gender, priority) as gender
from known_customers
group by customer_id
