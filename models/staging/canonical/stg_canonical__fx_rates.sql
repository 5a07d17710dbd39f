{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'fx_rates') }}

),

one_row_per_key as (

    select *
    from source
    where rate_date is not null
    qualify row_number() over (partition by rate_date, from_currency, to_currency order by rate) = 1

)

select
    rate_date,
    upper(trim(from_currency)) as from_currency,
    upper(trim(to_currency)) as to_currency,
    rate
from one_row_per_key
