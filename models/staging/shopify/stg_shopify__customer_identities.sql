{{ config(materialized='ephemeral') }}

with

exported as (

    select * from {{ source('shopify', 'customers') }}

)

select
    _source as source,
    _source as system,
    {{ without_apostrophe('"Customer ID"') }} as source_customer_key,
    md5({{ normalised_email('"Email"') }}) as customer_id
from exported
where
    {{ without_apostrophe('"Customer ID"') }} is not null
    and {{ normalised_email('"Email"') }} is not null
