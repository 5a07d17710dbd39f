{{ config(
    materialized='external',
    location=layout_file('shopify', 'orders_export_1.csv'),
    format='csv',
) }}

select * exclude (file_no, sort_at, sort_key, sort_position)
from {{ ref('shopify_rows') }}
where file_no = 1
order by sort_at desc, sort_key desc, sort_position
