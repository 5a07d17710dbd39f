{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_geolocation_dataset.csv'),
    format='csv',
) }}

-- One point for each customer's postal code; the same code comes several times, as in the original.
select
    lpad(left(postal_code, 5), 5, '0') as geolocation_zip_code_prefix,
    regions.latitude as geolocation_lat,
    regions.longitude as geolocation_lng,
    lower(city) as geolocation_city,
    orders.region_id as geolocation_state
from {{ ref('olist_euro_orders') }} as orders
inner join {{ ref('law_regions') }} as regions on regions.region_id = orders.region_id
order by orders.order_key
