{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'refund_items') }}

),

one_row_per_key as (

    select *
    from source
    where refund_id is not null and line_no is not null
    qualify row_number() over (
        partition by refund_id, line_no
        order by order_id, order_line_no, product_id, quantity, amount, restocked_quantity
    ) = 1

)

select
    refund_id || '-' || line_no as refund_item_id,
    refund_id,
    line_no,
    order_id,
    order_line_no,
    product_id,
    coalesce(quantity, 0) as quantity,
    coalesce(amount, 0) as amount,
    coalesce(restocked_quantity, 0) as restocked_quantity
from one_row_per_key
