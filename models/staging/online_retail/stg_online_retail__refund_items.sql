{{ config(materialized='ephemeral') }}

with

refund_lines as (

    select *
    from {{ ref('stg_online_retail__lines') }}
    where line_type = 'refund'

)

select
    source,
    invoice || '-' || line_no as refund_item_id,
    invoice as refund_id,
    line_no,
    product_id,
    cast(-quantity as decimal(18, 4)) as quantity,
    -line_amount as amount,
    cast(0 as decimal(18, 4)) as restocked_quantity
from refund_lines
