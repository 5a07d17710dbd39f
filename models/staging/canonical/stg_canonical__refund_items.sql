{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'refund_items') }}

)

select
    _source as source,
    refund_id || '-' || line_no as refund_item_id,
    refund_id,
    line_no,
    order_id,
    order_line_no,
    product_id,
    coalesce(quantity, 0) as quantity,
    coalesce(amount, 0) as amount,
    coalesce(restocked_quantity, 0) as restocked_quantity
from source
where refund_id is not null and line_no is not null
