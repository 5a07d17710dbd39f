{{ config(materialized='ephemeral') }}

with

refund_lines as (

    select *
    from {{ ref('stg_online_retail__lines') }}
    where line_type = 'refund'

)

-- The invoice that is cancelled is not in the data, so the refund has no order.
select
    source,
    invoice as refund_id,
    arg_min(customer_id, row_no) as customer_id,
    min(invoiced_at) as refunded_at,
    cast(-sum(line_amount) as decimal(18, 4)) as amount,
    cast(0 as decimal(18, 4)) as tax_amount,
    cast(0 as decimal(18, 4)) as shipping_amount,
    'GBP' as currency,
    false as is_date_estimated
from refund_lines
group by source, invoice
