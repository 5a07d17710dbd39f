{{ config(materialized='ephemeral') }}

with

lines as (

    select * from {{ ref('stg_online_retail__lines') }}

)

select
    source,
    customer_id,
    min(invoiced_at) as created_at,
    false as is_guest,
    arg_max(country_name, (file, row_no)) as region_id,
    arg_max(country_code, (file, row_no)) as country_code
from lines
where customer_id is not null
group by source, customer_id
