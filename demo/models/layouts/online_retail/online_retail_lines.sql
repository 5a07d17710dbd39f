{{ config(
    materialized='external',
    location=layout_file('online_retail', 'online_retail_II.csv'),
    format='csv',
) }}

-- One row a line of an invoice, in euro. Only what was invoiced is there; nothing tells of status, tax
-- or channel. Codes of goods are five digits and a letter, some of them in small letters. Postage (POST),
-- discounts (D), gestures (M) and bad debts (B) are lines with codes of their own. A C in front of an
-- invoice is money that goes back, with no link to the order; A is an adjustment; rows without a
-- customer, with negative pieces at no price, are losses of the store.
with orders as (

    select *
    from {{ ref('layout_orders') }}
    where
        currency = 'EUR'
        and status not in ('pending', 'cancelled', 'failed')

),

goods as (

    select
        lines.*,
        case
            when lines.sku like 'GIFT%' then 'gift_0001_' || split_part(lines.sku, '-', 2)
            when lines.sku like 'BOX%' then 'BOX'
            else (20000 + lines.parent_no // 100)::varchar
                || case when lines.order_key % 50 = 0
                    then chr(96 + lines.product_no % 100)
                    else chr(64 + lines.product_no % 100)
                end
        end as stock_code
    from {{ ref('layout_lines') }} as lines
    inner join orders on orders.order_key = lines.order_key

),

-- a price is a whole number of cents: what came back is split over two rows where it does not divide
returned as (

    select
        order_key,
        line_no,
        stock_code,
        product_name,
        unnest([refunded_quantity - refunded_cents % refunded_quantity, refunded_cents % refunded_quantity])
        as quantity,
        unnest([refunded_cents // refunded_quantity, refunded_cents // refunded_quantity + 1])
        as unit_cents,
        unnest([1, 2]) as part_no
    from goods
    where refunded_quantity > 0

),

rows as (

    -- two equal rows instead of one with two pieces, now and then: both count
    select
        order_key,
        'sale' as kind,
        line_no * 10 + repeat_no as line_no,
        stock_code,
        product_name as description,
        case when is_twice then 1 else quantity end as quantity,
        unit_price_cents as unit_cents
    from (
        select
            *,
            quantity = 2 and order_key // 10 % 2 = 0 as is_twice,
            unnest(range(1, case when quantity = 2 and order_key // 10 % 2 = 0 then 3 else 2 end))
            as repeat_no
        from goods
    )

    union all

    select
        order_key,
        'sale',
        900,
        'POST',
        'POSTAGE',
        1,
        shipping_cents
    from orders
    where shipping_cents > 0

    union all

    select
        order_key,
        'discount',
        901,
        'D',
        'Discount',
        -1,
        discount_cents
    from orders
    where discount_cents > 0

    union all

    select
        returned.order_key,
        'refund',
        returned.line_no * 10 + returned.part_no,
        returned.stock_code,
        returned.product_name,
        -returned.quantity,
        returned.unit_cents
    from returned
    where returned.quantity > 0

    union all

    select
        order_key,
        'refund',
        902,
        'POST',
        'POSTAGE',
        -1,
        refund_shipping_cents
    from orders
    where refund_shipping_cents > 0

    union all

    select
        order_key,
        'refund',
        903,
        'M',
        'Manual',
        -1,
        refund_goodwill_cents
    from orders
    where refund_goodwill_cents > 0

    union all

    select
        order_key,
        'loss',
        904,
        stock_code,
        'damaged',
        -refunded_quantity,
        0
    from goods
    where
        refunded_quantity > 0
        and order_key // 10 % 4 = 0

    union all

    select
        order_key,
        'adjustment',
        905,
        'B',
        'Adjust bad debt',
        1,
        -12500
    from orders
    qualify row_number() over (order by ordered_at, order_key) = 1

)

select
    case rows.kind
        when 'sale' then rows.order_key::varchar
        when 'discount' then 'C' || (rows.order_key * 10 + 8)
        when 'refund' then 'C' || (rows.order_key * 10 + 9)
        when 'loss' then (rows.order_key * 10 + 9)::varchar
        else 'A' || rows.order_key
    end as "Invoice",
    rows.stock_code as "StockCode",
    rows.description as "Description",
    rows.quantity as "Quantity",
    strftime(
        case when rows.kind in ('refund', 'loss') then orders.refunded_at else orders.ordered_at end,
        '%Y-%m-%d %H:%M:00'
    ) as "InvoiceDate",
    {{ price_text('rows.unit_cents') }} as "Price",
    case
        when rows.kind not in ('loss', 'adjustment') then 100000 + orders.account_no
    end as "Customer ID",
    case orders.country_code when 'PT' then 'Portugal' else 'Romania' end as "Country"
from rows
inner join orders on orders.order_key = rows.order_key
order by
    case when rows.kind in ('refund', 'loss') then orders.refunded_at else orders.ordered_at end,
    rows.order_key,
    rows.kind,
    rows.line_no
