{{ config(materialized='ephemeral') }}

with

lines as (

    select *
    from {{ ref('stg_woocommerce__lines') }}
    where product_id is not null

)

select
    source,
    product_id,
    arg_max(
        case when parent_product_id <> product_id then parent_product_id end,
        (ordered_at, order_id, line_no)
    ) as parent_product_id,
    arg_max(sku, (ordered_at, order_id, line_no)) as sku,
    arg_max(product_name, (ordered_at, order_id, line_no)) as product_name,
    arg_max(currency, (ordered_at, order_id, line_no)) as currency,
    true as is_merchandise,
    false as is_gift_card,
    min(ordered_at) as created_at
from lines
group by source, product_id
