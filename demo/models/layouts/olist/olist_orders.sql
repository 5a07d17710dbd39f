{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_orders_dataset.csv'),
    format='csv',
) }}

-- Refunds are unknown there; what was refused is "unavailable". Times have no zone: they are UTC here.
select
    {{ olist_id("'o' || order_key") }} as order_id,
    {{ olist_id("'per order ' || order_key") }} as customer_id,
    case status
        when 'pending' then 'created'
        when 'paid' then 'approved'
        when 'shipped' then 'shipped'
        when 'cancelled' then 'canceled'
        when 'failed' then 'unavailable'
        else 'delivered'
    end as order_status,
    ordered_at as order_purchase_timestamp,
    paid_at as order_approved_at,
    shipped_at as order_delivered_carrier_date,
    delivered_at as order_delivered_customer_date,
    coalesce(promised_at, ordered_at)::date::timestamp as order_estimated_delivery_date
from {{ ref('olist_euro_orders') }}
order by order_key
