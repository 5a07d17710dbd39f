{{ config(materialized='ephemeral') }}

with

coupons as (

    select
        source,
        order_id,
        unnest(coupons) as coupon
    from {{ ref('stg_woocommerce__documents') }}
    where not is_refund

)

select
    source,
    order_id,
    coupon.code as code,
    coalesce(coupon.discount, 0) as amount,
    'coupon' as discount_type
from coupons
