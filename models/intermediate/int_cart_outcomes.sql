with

carts as (

    select * from {{ ref('stg_carts') }}

),

cart_items as (

    select * from {{ ref('stg_cart_items') }}

),

sessions as (

    select * from {{ ref('stg_sessions') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

orders as (

    select * from {{ ref('int_orders_classified') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

item_counts as (

    select
        cart_id,
        count(*) as lines
    from cart_items
    group by cart_id

),

-- An order that came to nothing bought nothing.
seen_orders as (

    select orders.*
    from orders
    cross join as_of
    where orders.order_date < as_of.as_of and orders.order_class in ('valid', 'test')

),

placed_carts as (

    select
        carts.*,
        {{ local_date('carts.created_at') }} as created_date,
        {{ local_date('(carts.created_at + to_hours(' ~ var('cart_window_hours') ~ '))') }}
            as window_end_date,
        identities.customer_id as person_id,
        coalesce(item_counts.lines, 0) as lines,
        seen_orders.order_id as seen_order_id,
        seen_orders.ordered_at,
        coalesce(seen_orders.order_class = 'test', false) as is_test,
        coalesce(sessions.is_bot, false) as is_bot,
        coalesce(touches.device, sessions.device, '(unknown)') as device,
        coalesce(touches.marketing_channel, '(unknown)') as marketing_channel
    from carts
    left join item_counts
        on carts.cart_id = item_counts.cart_id
    left join seen_orders
        on carts.order_id = seen_orders.order_id
    left join sessions
        on carts.session_id = sessions.session_id
    left join touches
        on carts.session_id = touches.session_id
    left join identities
        on carts.customer_id = identities.source_customer_id

)

-- A cart that is bought after the window was abandoned and won back.
select
    placed_carts.cart_id,
    placed_carts.session_id,
    placed_carts.person_id as customer_id,
    placed_carts.created_at,
    placed_carts.created_date,
    placed_carts.device,
    placed_carts.marketing_channel,
    placed_carts.lines as cart_lines,
    placed_carts.cart_value,
    placed_carts.currency,
    coalesce({{ local_date('placed_carts.checkout_started_at') }} < as_of.as_of, false)
        as has_checkout,
    placed_carts.seen_order_id as order_id,
    placed_carts.ordered_at,
    case
        when
            placed_carts.ordered_at
            <= placed_carts.created_at + to_hours({{ var('cart_window_hours') }})
            then 'converted'
        when placed_carts.window_end_date < as_of.as_of then 'abandoned'
        else 'open'
    end as outcome,
    coalesce(
        placed_carts.ordered_at
        > placed_carts.created_at + to_hours({{ var('cart_window_hours') }}),
        false
    ) as is_won_back,
    not placed_carts.is_bot
    and not placed_carts.is_test
    and (placed_carts.lines > 0 or coalesce(placed_carts.cart_value, 0) > 0) as is_counted
from placed_carts
cross join as_of
where placed_carts.created_date < as_of.as_of
