{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_products_dataset.csv'),
    format='csv',
) }}

-- No names, no prices; a size is a product of its own.
with products as (

    select
        product_no,
        family || ' no. ' || size_no as product_name,
        category
    from {{ ref('gen_products') }}

    union all

    select
        product_no,
        product_name,
        null
    from {{ ref('gen_special_products') }}

)

select
    {{ olist_id("'p' || products.product_no") }} as product_id,
    words.portuguese as product_category_name,
    length(products.product_name) as product_name_lenght,
    products.product_no % 700 + 100 as product_description_lenght,
    products.product_no % 5 + 1 as product_photos_qty,
    products.product_no % 40 * 50 + 200 as product_weight_g,
    products.product_no % 30 + 16 as product_length_cm,
    products.product_no % 20 + 2 as product_height_cm,
    products.product_no % 25 + 11 as product_width_cm
from products
left join {{ ref('olist_words') }} as words on words.category = products.category
order by products.product_no
