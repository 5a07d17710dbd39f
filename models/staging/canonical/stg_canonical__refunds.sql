{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'refunds') }}

)

select
    _source as source,
    refund_id,
    order_id,
    {{ known_key('customer_id') }} as customer_id,
    refunded_at,
    amount,
    coalesce(tax_amount, 0) as tax_amount,
    coalesce(shipping_amount, 0) as shipping_amount,
    upper(trim(currency)) as currency,
    reason,
    coalesce(is_date_estimated, false) as is_date_estimated
from source
where refund_id is not null
