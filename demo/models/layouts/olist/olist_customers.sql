{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_customers_dataset.csv'),
    format='csv',
) }}

-- customer_id is of the order; the person is customer_unique_id. A stranger becomes a person of one order.
select
    {{ olist_id("'per order ' || order_key") }} as customer_id,
    {{ olist_id("coalesce(customer_id, 'stranger ' || order_key)") }} as customer_unique_id,
    lpad(left(postal_code, 5), 5, '0') as customer_zip_code_prefix,
    lower(city) as customer_city,
    region_id as customer_state
from {{ ref('olist_euro_orders') }}
order by order_key
