{{ config(materialized='ephemeral') }}

with

lines as (

    select * from {{ ref('int_order_line_amounts') }}

),

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

costs as (

    select * from {{ ref('int_order_item_costs') }}

),

rates as (

    select * from {{ ref('int_fx_rates') }}

),

refunds as (

    select * from {{ ref('int_refunds_dated') }}

),

discount_kinds as (

    select * from {{ ref('int_order_discount_kinds') }}

),

refunded_lines as (

    select
        order_item_id,
        sum(quantity) as refunded_quantity,
        sum(amount) as refund_amount
    from refunds
    where order_item_id is not null
    group by order_item_id

),

placed_lines as (

    select
        lines.*,
        orders.customer_id,
        orders.is_anonymous,
        orders.store_id,
        orders.channel,
        orders.country_code,
        orders.order_date,
        orders.is_valid,
        orders.fx_rate
    from lines
    inner join orders
        on lines.order_id = orders.order_id

),

running_foreign_lines as (

    select
        *,
        sum(gross_amount) over running as running_gross_amount,
        sum(net_amount) over running as running_net_amount
    from placed_lines
    where fx_rate <> 1
    window running as (partition by order_id order by line_no, order_item_id)

),

foreign_amounts as (

    select
        order_item_id,
        {{ at_rate_in_series('gross_amount', 'running_gross_amount', 'fx_rate') }} as gross,
        {{ at_rate_in_series('net_amount', 'running_net_amount', 'fx_rate') }} as net
    from running_foreign_lines

),

-- Gross and net are converted; the discount is what lies between them.
converted_lines as (

    select
        placed_lines.*,
        case
            when placed_lines.fx_rate = 1 then placed_lines.gross_amount
            else foreign_amounts.gross
        end as gross,
        case
            when placed_lines.fx_rate = 1 then placed_lines.net_amount
            else foreign_amounts.net
        end as net,
        {{ at_rate('placed_lines.gift_card_amount', 'placed_lines.fx_rate') }} as gift_card,
        {{ at_rate('placed_lines.markdown_amount', 'placed_lines.fx_rate') }} as markdown,
        {{ at_rate('costs.unit_cost', 'rates.rate') }} as unit_cost
    from placed_lines
    left join foreign_amounts
        on placed_lines.order_item_id = foreign_amounts.order_item_id
    left join costs
        on placed_lines.order_item_id = costs.order_item_id
    left join rates
        on
            costs.currency = rates.currency
            and placed_lines.order_date = rates.rate_date

),

-- Where coupons and promotions gave a discount together, coupons gave their part of the running total,
-- so that the lines' parts sum to the order's.
running_mixed_lines as (

    select
        converted_lines.order_item_id,
        converted_lines.gross - converted_lines.net as discount,
        sum(converted_lines.gross - converted_lines.net) over (
            partition by converted_lines.order_id
            order by converted_lines.line_no, converted_lines.order_item_id
        ) as running_discount,
        discount_kinds.coupon_amount,
        discount_kinds.goods_amount
    from converted_lines
    inner join discount_kinds
        on converted_lines.order_id = discount_kinds.order_id
    where discount_kinds.coupon_amount > 0 and discount_kinds.coupon_amount < discount_kinds.goods_amount

),

mixed_amounts as (

    select
        order_item_id,
        {{ part_of('running_discount', 'coupon_amount', 'goods_amount') }}
        - {{ part_of('(running_discount - discount)', 'coupon_amount', 'goods_amount') }} as coupon_discount
    from running_mixed_lines

),

-- Of an order that does not count only the booked amount is shown.
counted_lines as (

    select
        converted_lines.*,
        coalesce(refunded_lines.refunded_quantity, 0) as refunded_quantity,
        case when is_valid then gross else 0 end as gross_revenue,
        case when is_valid then gross - net else 0 end as discount_amount,
        case
            when not is_valid or coalesce(discount_kinds.coupon_amount, 0) = 0 then 0
            when discount_kinds.coupon_amount = discount_kinds.goods_amount then gross - net
            else mixed_amounts.coupon_discount
        end as coupon_discount_amount,
        case when is_valid then markdown else 0 end as counted_markdown_amount,
        case when is_valid then net else 0 end as revenue_before_refunds,
        case when is_valid then coalesce(refunded_lines.refund_amount, 0) else 0 end
            as refund_amount_order_basis,
        case when is_valid then gift_card else 0 end as counted_gift_card_amount,
        case when is_valid then {{ product_of('quantity', 'unit_cost') }} else 0 end as cogs
    from converted_lines
    left join refunded_lines
        on converted_lines.order_item_id = refunded_lines.order_item_id
    left join discount_kinds
        on converted_lines.order_id = discount_kinds.order_id
    left join mixed_amounts
        on converted_lines.order_item_id = mixed_amounts.order_item_id

)

select
    order_item_id,
    order_id,
    line_no,
    product_id,
    customer_id,
    is_anonymous,
    store_id,
    channel,
    country_code,
    order_date,
    is_valid,
    is_gift,
    is_gift_card,
    quantity,
    cast(refunded_quantity as decimal(18, 4)) as refunded_quantity,
    cast(net as decimal(18, 4)) as booked_amount,
    cast(gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(discount_amount as decimal(18, 4)) as discount_amount,
    cast(coupon_discount_amount as decimal(18, 4)) as coupon_discount_amount,
    cast(counted_markdown_amount as decimal(18, 4)) as markdown_amount,
    cast(revenue_before_refunds as decimal(18, 4)) as revenue_before_refunds,
    cast(refund_amount_order_basis as decimal(18, 4)) as refund_amount_order_basis,
    cast(counted_gift_card_amount as decimal(18, 4)) as gift_card_amount,
    cast(cogs as decimal(18, 4)) as cogs,
    unit_cost is not null as has_cost
from counted_lines
