-- The hidden side of each person at the end of time. What is expected of them afterwards leaves
-- promotions and letters out, and is told for an average season: a week of the calendar is a week
-- of operational time.
with buyers as (

    select * from {{ ref('gen_buyers') }}

),

lives as (

    select * from {{ ref('gen_lives') }}

),

orders as (

    select
        customer_no,
        count(*) as order_count,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at
    from {{ ref('gen_orders') }}
    where
        status_before_refund not in ('pending', 'cancelled', 'failed')
        and origin not in ('stranger', 'trial', 'gift_card')
    group by customer_no

),

people as (

    select
        buyers.*,
        lives.joined_at,
        lives.left_at,
        lives.purchase_count,
        not buyers.is_prospect and lives.left_at is null as is_alive,
        -- the law's mean basket, in euros
        6 / buyers.basket_divisor as mean_basket
    from buyers
    left join lives on lives.customer_no = buyers.customer_no

),

expected as (

    select
        *,
        {{ expected_orders(30) }} as orders_30d,
        {{ expected_orders(90) }} as orders_90d,
        {{ expected_orders(365) }} as orders_365d
    from people

)

select
    'c' || expected.customer_no as person_id,
    expected.is_prospect,
    expected.acquisition_channel,
    expected.joined_at,
    expected.left_at,
    expected.is_alive,
    round(expected.weekly_rate, 9) as weekly_rate,
    round(expected.dropout_probability, 9) as dropout_probability,
    round(expected.mean_basket, 6) as mean_basket_eur,
    round(expected.satisfaction, 6) as satisfaction,
    categories.category as favourite_category,
    expected.promotion_class,
    -- orders of the law alone; order_count has the caused ones too
    coalesce(expected.purchase_count, 0) as purchase_count,
    coalesce(orders.order_count, 0) as order_count,
    orders.first_ordered_at,
    orders.last_ordered_at,
    round(expected.orders_30d, 6) as expected_orders_30d,
    round(expected.orders_90d, 6) as expected_orders_90d,
    round(expected.orders_365d, 6) as expected_orders_365d,
    round(expected.orders_30d * expected.mean_basket, 4) as expected_gross_30d_eur,
    round(expected.orders_90d * expected.mean_basket, 4) as expected_gross_90d_eur,
    round(expected.orders_365d * expected.mean_basket, 4) as expected_gross_365d_eur
from expected
left join {{ ref('law_categories') }} as categories on categories.category_no = expected.taste
left join orders on orders.customer_no = expected.customer_no
