{{ config(materialized='ephemeral') }}

with

order_rows as (

    select *
    from {{ ref('stg_shopify__rows') }}
    where line_name is not null

),

-- Currency and time stand on the first row of the order alone.
dated_rows as (

    select
        *,
        coalesce(sku, line_name) as product_id,
        first_value(currency ignore nulls) over orders as order_currency,
        first_value(created_at ignore nulls) over orders as ordered_at
    from order_rows
    window orders as (
        partition by source, order_id
        order by line_no
        rows between unbounded preceding and unbounded following
    )

)

select
    source,
    product_id,
    arg_max(sku, (ordered_at, order_id, line_no)) as sku,
    arg_max(line_name, (ordered_at, order_id, line_no)) as product_name,
    arg_max(vendor, (ordered_at, order_id, line_no)) as vendor,
    arg_max(unit_price, (ordered_at, order_id, line_no)) as list_price,
    arg_max(order_currency, (ordered_at, order_id, line_no)) as currency,
    true as is_merchandise,
    false as is_gift_card,
    min(ordered_at) as created_at
from dated_rows
group by source, product_id
