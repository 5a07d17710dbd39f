{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'refunds') }}

),

one_row_per_key as (

    select *
    from source
    where refund_id is not null
    qualify row_number() over (
        partition by refund_id
        order by
            refunded_at desc nulls last,
            order_id,
            customer_id,
            amount,
            tax_amount,
            shipping_amount,
            currency
    ) = 1

)

select
    'canonical' as source,
    refund_id,
    order_id,
    customer_id,
    refunded_at,
    coalesce(amount, 0) as amount,
    coalesce(tax_amount, 0) as tax_amount,
    coalesce(shipping_amount, 0) as shipping_amount,
    upper(trim(currency)) as currency,
    reason,
    coalesce(is_date_estimated, false) as is_date_estimated
from one_row_per_key
