{{ config(materialized='ephemeral') }}

with

order_rows as (

    select * from {{ ref('stg_shopify__rows') }}

),

line_totals as (

    select
        source,
        order_id,
        sum({{ product_of('quantity', 'unit_price') }}) as list_amount
    from order_rows
    where line_name is not null
    group by source, order_id

),

-- The subtotal says how much of the discount came off the goods; the rest came off the shipping.
discounted_heads as (

    select
        order_rows.* exclude (discount_amount),
        order_rows.discount_amount as whole_discount_amount,
        case
            when line_totals.list_amount >= order_rows.discounted_amount
                then cast(
                    least(
                        order_rows.discount_amount,
                        line_totals.list_amount - order_rows.discounted_amount
                    ) as decimal(18, 4)
                )
            else order_rows.discount_amount
        end as discount_amount,
        order_rows.total_amount - order_rows.duty_amount
        - order_rows.discounted_amount - order_rows.shipping_amount as added_amount
    from order_rows
    left join line_totals
        on
            order_rows.source = line_totals.source
            and order_rows.order_id = line_totals.order_id
    where order_rows.is_head

)

-- Taxes that are not needed to reach the total are inside the prices. A tip is added to the total as
-- well, and cash is rounded, so nothing need be equal; a discount of the shipping may be what is missing.
select
    *,
    coalesce(
        tax_amount > 0
        and added_amount < 0.9 * tax_amount
        and (
            added_amount = 0
            or discount_amount = whole_discount_amount
            or added_amount <> tax_amount - (whole_discount_amount - discount_amount)
        ),
        false
    ) as prices_include_tax
from discounted_heads
