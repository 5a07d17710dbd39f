with

source_customers as (

    select * from {{ ref('stg_customers') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

)

-- Of a person's accounts the first that knows a value gives it.
select
    accounts.customer_id,
    arg_min(source_customers.first_name, accounts.priority) as first_name,
    arg_min(source_customers.last_name, accounts.priority) as last_name,
    arg_min({{ normalised_email('source_customers.email') }}, accounts.priority) as email,
    arg_min(source_customers.phone, accounts.priority) as phone,
    arg_min(source_customers.postal_code, accounts.priority) as postal_code,
    arg_min(source_customers.birth_year, accounts.priority) as birth_year,
    arg_min(source_customers.gender, accounts.priority) as gender
from accounts
inner join source_customers
    on accounts.source_customer_id = source_customers.customer_id
group by accounts.customer_id
