{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'order_discounts') }}

)

select
    _source as source,
    order_id,
    promotion_id,
    code,
    amount,
    lower(trim(discount_type)) as discount_type
from source
where order_id is not null
