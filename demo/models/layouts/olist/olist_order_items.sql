{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_order_items_dataset.csv'),
    format='csv',
) }}

-- One row a piece. There are no discounts and no taxes: a price is what was paid for the piece, tax
-- included, and prices and freight add up to what was paid.
with orders as (

    select * from {{ ref('olist_euro_orders') }}

),

lines as (

    select
        lines.*,
        orders.shipping_cents,
        orders.ordered_at,
        sum(lines.quantity) over (
            partition by lines.order_key order by lines.line_no
        ) - lines.quantity as pieces_before,
        sum(lines.quantity) over (partition by lines.order_key) as pieces_in_all
    from {{ ref('layout_lines') }} as lines
    inner join orders on orders.order_key = lines.order_key

),

pieces as (

    select
        *,
        unnest(range(1, quantity + 1)) as piece_no
    from lines

)

select
    {{ olist_id("'o' || order_key") }} as order_id,
    pieces_before + piece_no as order_item_id,
    {{ olist_id("'p' || product_no") }} as product_id,
    {{ olist_id("'seller ' || coalesce(vendor, 'house')") }} as seller_id,
    ordered_at + interval 3 day as shipping_limit_date,
    {{ price_text(unit_share('(net_cents + tax_cents)', 'piece_no', 'quantity')) }} as price,
    {{ price_text(unit_share('shipping_cents', '(pieces_before + piece_no)', 'pieces_in_all')) }}
    as freight_value
from pieces
order by order_key, pieces_before + piece_no
