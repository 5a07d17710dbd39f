{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_sellers_dataset.csv'),
    format='csv',
) }}

-- The makers sell under their own names.
with sellers as (

    select distinct vendor as seller
    from {{ ref('law_families') }}
    union all
    select 'house'

)

select
    {{ olist_id("'seller ' || seller") }} as seller_id,
    lpad((length(seller) * 1000)::varchar, 5, '0') as seller_zip_code_prefix,
    'porto' as seller_city,
    'PT11' as seller_state
from sellers
order by seller
