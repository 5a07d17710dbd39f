{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'holidays') }}

)

select
    _source as source,
    holiday_date,
    upper(trim(country_code)) as country_code,
    holiday_name
from source
where holiday_date is not null and country_code is not null
