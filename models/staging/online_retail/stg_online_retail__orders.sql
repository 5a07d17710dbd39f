{{ config(materialized='ephemeral') }}

with

sale_lines as (

    select *
    from {{ ref('stg_online_retail__lines') }}
    where line_type = 'sale'

)

select
    source,
    invoice as order_id,
    source as store_id,
    arg_min(customer_id, row_no) as customer_id,
    min(invoiced_at) as ordered_at,
    'paid' as status,
    arg_min(country_name, row_no) as region_id,
    arg_min(country_code, row_no) as billing_country_code,
    arg_min(country_code, row_no) as shipping_country_code,
    'GBP' as currency,
    cast(sum(line_amount) as decimal(18, 4)) as subtotal,
    cast(0 as decimal(18, 4)) as discount_amount,
    cast(0 as decimal(18, 4)) as shipping_amount,
    cast(0 as decimal(18, 4)) as tax_amount,
    cast(sum(line_amount) as decimal(18, 4)) as total_amount,
    cast(0 as decimal(18, 4)) as fulfilment_cost,
    false as prices_include_tax,
    false as is_test,
    false as is_trial,
    false as is_gift_card_purchase
from sale_lines
group by source, invoice
