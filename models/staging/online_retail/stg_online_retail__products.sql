{{ config(materialized='ephemeral') }}

with

lines as (

    select * from {{ ref('stg_online_retail__lines') }}

)

select
    source,
    product_id,
    product_id as sku,
    max(description) as product_name,
    'GBP' as currency,
    regexp_matches(product_id, '^[0-9]{5}') as is_merchandise,
    false as is_gift_card,
    min(invoiced_at) as created_at
from lines
where product_id is not null
group by source, product_id
