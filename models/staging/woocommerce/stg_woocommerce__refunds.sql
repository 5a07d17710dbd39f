{{ config(materialized='ephemeral') }}

with

facts as (

    select * from {{ ref('stg_woocommerce__refund_facts') }}

),

orders as (

    select *
    from {{ ref('stg_woocommerce__documents') }}
    where not is_refund

),

split_facts as (

    select
        facts.* exclude (tax_amount, shipping_amount, fee_amount),
        orders.customer_id,
        orders.currency,
        case
            when facts.tax_amount is not null then facts.tax_amount
            when facts.lines is not null
                then abs(
                    coalesce(list_sum(list_transform(facts.lines, lambda line: line.total_tax)), 0)
                    + coalesce(
                        list_sum(
                            list_transform(facts.shipping_lines, lambda line: line.total_tax)
                        ), 0
                    )
                    + coalesce(
                        list_sum(list_transform(facts.fee_lines, lambda line: line.total_tax)), 0
                    )
                )
            when orders.total_amount > 0
                then round(facts.amount * orders.tax_amount / orders.total_amount, 2)
            else 0
        end as tax_amount,
        case
            when facts.shipping_amount is not null then facts.shipping_amount
            when facts.lines is not null
                then abs(
                    coalesce(
                        list_sum(list_transform(facts.shipping_lines, lambda line: line.total)), 0
                    )
                )
            when facts.amount >= orders.total_amount then orders.shipping_amount
            else 0
        end as shipping_amount,
        case
            when facts.fee_amount is not null then facts.fee_amount
            when facts.lines is not null
                then -coalesce(
                    list_sum(list_transform(facts.fee_lines, lambda line: line.total)), 0
                )
            when facts.amount >= orders.total_amount then orders.fee_amount
            else 0
        end as fee_amount
    from facts
    left join orders
        on
            facts.source = orders.source
            and facts.order_id = orders.order_id

)

-- A fee is in no figure of the order, so giving it back is in none either.
select
    source,
    refund_id,
    order_id,
    customer_id,
    refunded_at,
    cast(coalesce(amount, 0) - fee_amount as decimal(18, 4)) as amount,
    cast(tax_amount as decimal(18, 4)) as tax_amount,
    cast(shipping_amount as decimal(18, 4)) as shipping_amount,
    currency,
    reason,
    refunded_at is null as is_date_estimated
from split_facts
