{{ config(materialized='ephemeral') }}

with

heads as (

    select *
    from {{ ref('stg_shopify__rows') }}
    where is_head

)

select
    source,
    order_id,
    discount_code as code,
    discount_amount as amount,
    case when discount_code is null then 'automatic' else 'coupon' end as discount_type
from heads
where discount_amount > 0
