with

all_refunds as (

    select * from {{ ref('stg_refunds') }}

),

refund_items as (

    select * from {{ ref('stg_refund_items') }}

),

orders as (

    select * from {{ ref('int_orders_classified') }}

),

order_items as (

    select * from {{ ref('stg_order_items') }}

),

products as (

    select * from {{ ref('stg_products') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

reporting as (

    select * from {{ ref('int_reporting_currency') }}

),

seen_orders as (

    select orders.*
    from orders
    cross join as_of
    where orders.order_date < as_of.as_of

),

itemised_amounts as (

    select
        refund_id,
        sum(amount) as amount
    from refund_items
    group by refund_id

),

-- A refund that does not state its money gave back its lines, shipping and tax.
refunds as (

    select
        all_refunds.* replace (
            coalesce(
                all_refunds.amount,
                coalesce(itemised_amounts.amount, 0)
                + all_refunds.shipping_amount + all_refunds.tax_amount
            ) as amount
        )
    from all_refunds
    left join itemised_amounts
        on all_refunds.refund_id = itemised_amounts.refund_id

),

item_rows as (

    select
        refund_items.refund_item_id,
        refund_items.refund_id,
        refund_items.line_no,
        coalesce(refund_items.order_id, refunds.order_id) as order_id,
        refund_items.order_line_no,
        refund_items.product_id,
        refund_items.quantity,
        refund_items.restocked_quantity,
        refund_items.amount,
        cast(0 as decimal(18, 4)) as shipping_amount,
        cast(0 as decimal(18, 4)) as tax_amount
    from refund_items
    inner join refunds
        on refund_items.refund_id = refunds.refund_id

),

-- What no line explains, and the shipping and tax given back, stand in one row of their own.
header_rows as (

    select
        refunds.refund_id || '-header' as refund_item_id,
        refunds.refund_id,
        cast(null as bigint) as line_no,
        refunds.order_id,
        cast(null as bigint) as order_line_no,
        cast(null as varchar) as product_id,
        cast(0 as decimal(18, 4)) as quantity,
        cast(0 as decimal(18, 4)) as restocked_quantity,
        cast(
            refunds.amount - refunds.tax_amount - refunds.shipping_amount
            - coalesce(itemised_amounts.amount, 0) as decimal(18, 4)
        ) as amount,
        refunds.shipping_amount,
        refunds.tax_amount
    from refunds
    left join itemised_amounts
        on refunds.refund_id = itemised_amounts.refund_id
    where
        itemised_amounts.refund_id is null
        or refunds.amount <> itemised_amounts.amount
        or refunds.shipping_amount <> 0
        or refunds.tax_amount <> 0

),

refund_rows as (

    select * from item_rows
    union all
    select * from header_rows

),

-- A line that names the order's line and no product gives back the product of that line.
dated_rows as (

    select
        refund_rows.* replace (
            coalesce(refund_rows.product_id, order_items.product_id) as product_id
        ),
        coalesce(products.is_gift_card, false) as is_gift_card,
        refunds.source,
        refunds.reason,
        refunds.customer_id as source_customer_id,
        coalesce(refunds.refunded_at, orders.ordered_at) as refunded_at,
        coalesce({{ local_date('refunds.refunded_at') }}, orders.order_date) as refund_date,
        refunds.is_date_estimated or refunds.refunded_at is null as is_date_estimated,
        orders.order_id is not null as has_order,
        order_items.line_no is not null as has_line,
        coalesce(orders.order_class = 'test', false) as is_test,
        orders.order_date,
        coalesce(orders.is_valid, true) as is_counted,
        coalesce(refunds.currency, orders.currency) as currency
    from refund_rows
    inner join refunds
        on refund_rows.refund_id = refunds.refund_id
    left join seen_orders as orders
        on refund_rows.order_id = orders.order_id
    left join order_items
        on
            refund_rows.order_id = order_items.order_id
            and refund_rows.order_line_no = order_items.line_no
    left join products
        on coalesce(refund_rows.product_id, order_items.product_id) = products.product_id

)

-- A gift card that is given back was no revenue and is no refund of any.
select
    dated_rows.refund_item_id,
    dated_rows.refund_id,
    dated_rows.line_no,
    dated_rows.source,
    dated_rows.has_order,
    case when dated_rows.has_order then dated_rows.order_id end as order_id,
    case
        when dated_rows.has_order and dated_rows.has_line
            then dated_rows.order_id || '-' || dated_rows.order_line_no
    end as order_item_id,
    dated_rows.source_customer_id,
    dated_rows.product_id,
    dated_rows.reason,
    dated_rows.refunded_at,
    dated_rows.refund_date,
    dated_rows.order_date,
    dated_rows.is_date_estimated,
    dated_rows.is_counted,
    coalesce(dated_rows.currency, reporting.currency) as currency,
    coalesce(dated_rows.order_date, dated_rows.refund_date) as rate_date,
    dated_rows.quantity,
    dated_rows.restocked_quantity,
    dated_rows.is_gift_card,
    case when dated_rows.is_gift_card then 0 else dated_rows.amount end as amount,
    case when dated_rows.is_gift_card then dated_rows.amount else 0 end as gift_card_amount,
    dated_rows.shipping_amount,
    dated_rows.tax_amount
from dated_rows
cross join as_of
cross join reporting
where
    dated_rows.refund_date < as_of.as_of
    and not dated_rows.is_test
