-- Money that goes back: up to 45 days after delivery, whole orders, single lines, or a gesture of
-- goodwill; and the whole of an order that was cancelled after it had been paid.
with first_lines as (

    select
        items.order_key,
        categories.refund_percent
    from {{ ref('gen_order_lines') }} as items
    -- gift cards and trials have no category, and stay
    inner join {{ ref('gen_products') }} as products on products.product_no = items.product_no
    inner join {{ ref('law_categories') }} as categories on categories.category = products.category
    where items.line_no = 1

),

candidates as (

    select
        orders.order_key,
        orders.customer_no,
        orders.channel_id,
        orders.subtotal_cents,
        orders.discount_cents,
        orders.tax_cents,
        orders.shipping_cents,
        orders.delivered_at,
        orders.cancelled_at,
        orders.paid_at,
        orders.is_late,
        first_lines.refund_percent,
        {{ digest('refund', 'orders.order_key') }} as refund_digest
    from {{ ref('gen_orders') }} as orders
    inner join first_lines on first_lines.order_key = orders.order_key
    where
        orders.delivered_at is not null
        or (orders.cancelled_at is not null and orders.paid_at is not null)

),

possible as (

    -- whoever would not send it back even as one who often does is left out at once
    select
        *,
        {{ draw('refund_digest') }} as refund_draw,
        {{ digest('returner', 'customer_no') }} as returner_digest
    from candidates
    where
        cancelled_at is not null
        or {{ draw('refund_digest') }}
            < refund_percent / 100.0 * 5 * case when is_late then 1.6 else 1 end

),

draws as (

    select
        *,
        -- one customer in twelve sends back eight times as often
        refund_percent / 100.0
        * case when {{ draw('returner_digest') }} < 0.08 then 5 else 0.6 end
        * case when is_late then 1.6 else 1 end as chance,
        {{ draw('refund_digest', 2) }} as delay_draw,
        {{ draw('refund_digest', 3) }} as kind_draw
    from possible

),

kinds as (

    select
        *,
        case
            when cancelled_at is not null then 'cancelled'
            when kind_draw < 0.45 then 'order'
            when kind_draw < 0.88 then 'line'
            else 'goodwill'
        end as kind,
        case
            when cancelled_at is not null
                then cancelled_at + to_seconds(floor(delay_draw * 172800)::bigint)
            else delivered_at + to_seconds(3600 + floor(45 * 86400 * delay_draw ** 2)::bigint)
        end as refunded_at
    from draws
    where
        cancelled_at is not null
        or refund_draw < least(0.9, chance)

),

sent_back as (

    select
        items.order_key,
        items.line_no,
        items.product_no,
        items.quantity,
        items.net_cents,
        items.tax_cents
    from {{ ref('gen_order_items') }} as items
    inner join kinds on kinds.order_key = items.order_key
    where kinds.kind in ('order', 'cancelled') or (kinds.kind = 'line' and items.line_no = 1)

),

goods as (

    select
        order_key,
        sum(net_cents)::bigint as goods_cents,
        sum(tax_cents)::bigint as tax_cents
    from sent_back
    group by order_key

),

amounts as (

    select
        kinds.order_key,
        kinds.customer_no,
        kinds.kind,
        kinds.refunded_at,
        coalesce(goods.goods_cents, 0) as goods_cents,
        coalesce(goods.tax_cents, 0) as tax_cents,
        case
            when kinds.kind in ('order', 'cancelled') then kinds.shipping_cents
            else 0
        end as shipping_cents,
        case
            when kinds.kind = 'goodwill' then (kinds.subtotal_cents - kinds.discount_cents) // 10
            else 0
        end as goodwill_cents,
        kinds.subtotal_cents - kinds.discount_cents + kinds.shipping_cents + kinds.tax_cents
        as total_cents,
        case
            when kinds.kind = 'cancelled' then 'cancelled'
            when kinds.kind = 'goodwill' and kinds.is_late then 'late'
            when kinds.kind = 'goodwill' then 'goodwill'
            when kinds.kind_draw * 1000 % 1 < 0.5 then 'changed_mind'
            when kinds.kind_draw * 1000 % 1 < 0.75 then 'damaged'
            else 'not_as_described'
        end as reason,
        kinds.kind_draw * 1000 % 1 between 0.5 and 0.75 as is_broken
    from kinds
    left join goods on goods.order_key = kinds.order_key

)

select
    order_key,
    customer_no,
    kind,
    refunded_at,
    reason,
    is_broken,
    goods_cents + tax_cents + shipping_cents + goodwill_cents as amount_cents,
    goods_cents,
    tax_cents,
    shipping_cents,
    goodwill_cents,
    goods_cents + tax_cents + shipping_cents + goodwill_cents = total_cents as is_whole
from amounts
where
    refunded_at < {{ end_of_time() }}
    and goods_cents + tax_cents + shipping_cents + goodwill_cents > 0
