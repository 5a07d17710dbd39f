-- What was put into carts: the lines of the order, or one to three things that were left behind.
with sessions as (

    select
        order_key,
        visit_no,
        depth,
        {{ digest('cart', 'order_key', 'visit_no') }} as cart_digest
    from {{ ref('gen_sessions') }}
    where depth >= 3

),

left_behind as (

    select
        order_key,
        visit_no,
        {{ draw('cart_digest') }} as cart_draw,
        unnest(range(1, 2 + floor({{ draw('cart_digest', 2) }} ** 2 * 3)::integer))::integer as line_no
    from sessions
    where visit_no > 0

),

picked as (

    select
        left_behind.order_key,
        left_behind.visit_no,
        left_behind.line_no,
        slots.family_no * 100
        + 1 + floor(left_behind.cart_draw * 4096 * left_behind.line_no % 1 * 12)::integer as product_no
    from left_behind
    inner join {{ ref('gen_family_slots') }} as slots
        on slots.slot_group = 0
        and slots.slot = floor(left_behind.cart_draw * 7 * left_behind.line_no % 1 * 2048)::integer

)

select
    picked.order_key,
    picked.visit_no,
    picked.line_no,
    picked.product_no,
    1 as quantity,
    products.price_cents * orders.price_tenths // 10 as unit_price_cents
from picked
inner join {{ ref('gen_products') }} as products on products.product_no = picked.product_no
inner join {{ ref('gen_orders') }} as orders on orders.order_key = picked.order_key

union all

select
    items.order_key,
    0,
    items.line_no,
    items.product_no,
    items.quantity,
    items.unit_price_cents
from {{ ref('gen_order_items') }} as items
inner join sessions
    on sessions.order_key = items.order_key
    and sessions.visit_no = 0
where not items.is_gift
