{{ config(
    materialized='external',
    location=layout_file('olist', 'product_category_name_translation.csv'),
    format='csv',
) }}

select
    portuguese as product_category_name,
    category as product_category_name_english
from {{ ref('olist_words') }}
order by portuguese
