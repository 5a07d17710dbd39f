with

products as (

    select * from {{ ref('stg_products') }}

),

order_lines as (

    select * from {{ ref('int_order_lines') }}

),

items as (

    select * from {{ ref('fct_order_items') }}

),

refund_items as (

    select * from {{ ref('fct_refund_items') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

traded_products as (

    select product_id from items where product_id is not null
    union
    select product_id from refund_items where product_id is not null

),

line_names as (

    select
        product_id,
        min(description) as description
    from order_lines
    group by product_id

)

select
    coalesce(products.product_id, traded_products.product_id) as product_id,
    coalesce(products.parent_product_id, products.product_id, traded_products.product_id)
        as parent_product_id,
    products.sku,
    coalesce(products.product_name, line_names.description) as product_name,
    coalesce(products.category, parents.category, '(unknown)') as category,
    coalesce(products.subcategory, case when products.category is null then parents.subcategory end)
        as subcategory,
    coalesce(products.vendor, parents.vendor) as vendor,
    products.list_price,
    products.currency,
    coalesce(products.is_merchandise, true) as is_merchandise,
    coalesce(products.is_gift_card, false) as is_gift_card,
    products.product_id is not null as is_in_catalogue
from products
full join traded_products
    on products.product_id = traded_products.product_id
cross join as_of
left join products as parents
    on products.parent_product_id = parents.product_id
left join line_names
    on traded_products.product_id = line_names.product_id
where
    traded_products.product_id is not null
    or coalesce({{ local_date('products.created_at') }} < as_of.as_of, true)
