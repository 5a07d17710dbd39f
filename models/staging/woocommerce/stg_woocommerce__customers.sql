{{ config(materialized='ephemeral') }}

with

exported as (

    select * from {{ source('woocommerce', 'customers') }}

),

orders as (

    select *
    from {{ ref('stg_woocommerce__documents') }}
    where not is_refund and customer_id is not null

),

buyers as (

    select
        source,
        customer_id,
        bool_and(is_guest) as is_guest,
        min(ordered_at) as created_at,
        arg_max(email, (ordered_at, order_id)) as email,
        arg_max(phone, (ordered_at, order_id)) as phone,
        arg_max(first_name, (ordered_at, order_id)) as first_name,
        arg_max(last_name, (ordered_at, order_id)) as last_name,
        arg_max(billing_city, (ordered_at, order_id)) as city,
        arg_max(billing_state, (ordered_at, order_id)) as region_id,
        arg_max(billing_country, (ordered_at, order_id)) as country_code,
        arg_max(postal_code, (ordered_at, order_id)) as postal_code
    from orders
    group by source, customer_id

),

accounts as (

    select
        _source as source,
        cast(id as varchar) as customer_id,
        date_created_gmt as created_at,
        nullif(trim(email), '') as email,
        nullif(trim(billing ->> 'phone'), '') as phone,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(billing ->> 'city'), '') as city,
        nullif(trim(billing ->> 'state'), '') as region_id,
        nullif(upper(trim(billing ->> 'country')), '') as country_code,
        nullif(trim(billing ->> 'postcode'), '') as postal_code
    from exported
    where id is not null

)

select
    coalesce(accounts.source, buyers.source) as source,
    coalesce(accounts.customer_id, buyers.customer_id) as customer_id,
    coalesce(accounts.created_at, buyers.created_at) as created_at,
    accounts.customer_id is null and buyers.is_guest as is_guest,
    md5({{ normalised_email('coalesce(accounts.email, buyers.email)') }}) as email_hash,
    coalesce(accounts.email, buyers.email) as email,
    coalesce(accounts.phone, buyers.phone) as phone,
    coalesce(accounts.first_name, buyers.first_name) as first_name,
    coalesce(accounts.last_name, buyers.last_name) as last_name,
    coalesce(accounts.city, buyers.city) as city,
    coalesce(accounts.region_id, buyers.region_id) as region_id,
    coalesce(accounts.country_code, buyers.country_code) as country_code,
    coalesce(accounts.postal_code, buyers.postal_code) as postal_code
from accounts
full join buyers
    on
        accounts.source = buyers.source
        and accounts.customer_id = buyers.customer_id
