{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'fx_rates') }}

)

select
    _source as source,
    rate_date,
    upper(trim(from_currency)) as from_currency,
    upper(trim(to_currency)) as to_currency,
    rate
from source
where rate_date is not null
