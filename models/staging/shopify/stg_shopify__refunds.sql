{{ config(materialized='ephemeral') }}

with

heads as (

    select *
    from {{ ref('stg_shopify__heads') }}
    where refunded_amount > 0

),

-- Tax in the same proportion as in the total; shipping only where everything was given back. Duties
-- and tips are in no figure of the order, so giving them back with all the rest is in none either.
split_refunds as (

    select
        *,
        case
            when refunded_amount >= total_amount
                then refunded_amount - greatest(
                    total_amount - discounted_amount - shipping_amount
                    - case when prices_include_tax then 0 else tax_amount end,
                    0
                )
            else refunded_amount
        end as counted_amount,
        case
            when total_amount > 0
                then cast(round(refunded_amount * tax_amount / total_amount, 2) as decimal(18, 4))
            else 0
        end as refunded_tax_amount,
        case when refunded_amount >= total_amount then shipping_amount else 0 end
            as refunded_shipping_amount
    from heads

)

select
    source,
    order_id || '-refund' as refund_id,
    order_id,
    customer_id,
    cancelled_at as refunded_at,
    counted_amount as amount,
    refunded_tax_amount as tax_amount,
    case
        when prices_include_tax and total_amount > 0
            then refunded_shipping_amount
                - cast(
                    round(refunded_shipping_amount * tax_amount / total_amount, 2)
                    as decimal(18, 4)
                )
        else refunded_shipping_amount
    end as shipping_amount,
    currency,
    cancelled_at is null as is_date_estimated
from split_refunds
