{{ config(materialized='ephemeral') }}

with

heads as (

    select *
    from {{ ref('stg_shopify__rows') }}
    where is_head

)

select
    source,
    order_id || '-1' as payment_id,
    order_id,
    paid_at,
    payment_method as method,
    total_amount - outstanding_amount as amount,
    cast(0 as decimal(18, 4)) as fee_amount,
    currency,
    financial_status as status
from heads
where paid_at is not null
