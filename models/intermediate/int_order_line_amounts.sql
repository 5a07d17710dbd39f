with

orders as (

    select * from {{ ref('stg_orders') }}

),

lines as (

    select * from {{ ref('int_order_lines') }}

),

allocations as (

    select * from {{ ref('int_order_allocations') }}

),

explained_lines as (

    select
        lines.order_item_id,
        lines.order_id,
        lines.line_no,
        lines.product_id,
        lines.quantity,
        case
            when
                lines.compare_at_price > lines.unit_price
                and lines.quantity > 0
                and not lines.is_gift
                and not lines.is_gift_card
                then {{ product_of('lines.quantity', '(lines.compare_at_price - lines.unit_price)') }}
            else 0
        end as markdown_amount,
        lines.list_amount,
        lines.discount_amount + coalesce(allocations.discount_amount, 0) as discount_amount,
        lines.tax_amount + coalesce(allocations.tax_amount, 0) as tax_amount,
        lines.shipping_amount,
        lines.is_gift,
        lines.is_gift_card,
        orders.prices_include_tax
    from lines
    inner join orders
        on lines.order_id = orders.order_id
    left join allocations
        on lines.order_item_id = allocations.order_item_id

),

-- Tax inside the price is taken out of list price and discount in the same proportion.
untaxed_lines as (

    select
        *,
        case
            when prices_include_tax and list_amount <> discount_amount
                then cast(
                    round(list_amount * tax_amount / (list_amount - discount_amount), 4)
                    as decimal(18, 4)
                )
            else 0
        end as tax_in_list_amount,
        case when prices_include_tax then tax_amount else 0 end as tax_in_net_amount
    from explained_lines

)

select
    order_item_id,
    order_id,
    line_no,
    product_id,
    quantity,
    is_gift,
    is_gift_card,
    cast(
        case when is_gift_card then 0 else list_amount - tax_in_list_amount end as decimal(18, 4)
    ) as gross_amount,
    cast(
        case
            when is_gift_card then 0
            else list_amount - discount_amount - tax_in_net_amount
        end as decimal(18, 4)
    ) as net_amount,
    cast(
        case when is_gift_card then list_amount - discount_amount else 0 end as decimal(18, 4)
    ) as gift_card_amount,
    cast(
        case
            when tax_in_list_amount <> 0
                then round(markdown_amount * (list_amount - tax_in_list_amount) / list_amount, 4)
            else markdown_amount
        end as decimal(18, 4)
    ) as markdown_amount,
    cast(tax_amount as decimal(18, 4)) as tax_amount,
    cast(shipping_amount as decimal(18, 4)) as shipping_amount
from untaxed_lines
