{{ config(severity='warn') }}
-- A line of no product, or of one that the products do not know: it counts, but in no report on
-- products. Where a source delivers no products at all there is nothing to know.
with

order_items as (

    select * from {{ ref('stg_order_items') }}

),

products as (

    select * from {{ ref('stg_products') }}

),

sources as (

    select source
    from products
    group by source

)

select
    order_items.order_item_id,
    order_items.product_id,
    order_items.description
from order_items
inner join sources
    on order_items.source = sources.source
left join products
    on order_items.product_id = products.product_id
where products.product_id is null
