-- Every order that is placed, before anything is put into it: who, when, where, on which terms.
-- Last digit of order_key: 0 wanted by the person, 1 caused by a promotion, 2 payment failed just
-- before, 3 placed twice and cancelled, 4 stranger at the till who gives no name, 5 gift card, 6
-- box on trial, 7 caused by a letter.
with customers as (

    select
        customer_no,
        region_id,
        country_code,
        currency
    from {{ ref('gen_customers') }}

),

buyers as (

    select
        customer_no,
        acquisition_channel,
        basket_divisor,
        taste,
        promotion_class
    from {{ ref('gen_buyers') }}

),

wanted as (

    select
        customer_no,
        order_key,
        purchase_no,
        origin,
        ordered_at
    from {{ ref('gen_occasions') }}

),

mishap_digests as (

    select
        *,
        {{ digest('mishap', 'order_key') }} as mishap_digest
    from wanted
    where origin = 'own'

),

mishap_draws as (

    select
        *,
        {{ draw('mishap_digest') }} as mishap_draw,
        {{ draw('mishap_digest', 2) }} as time_draw
    from mishap_digests

),

mishaps as (

    select
        *,
        case
            when mishap_draw < 0.025 then 'failed'
            when mishap_draw < 0.055 then 'cancelled'
            else 'gift_card'
        end as mishap
    from mishap_draws
    where mishap_draw < 0.07

),

strangers as (

    select
        customer_no,
        {{ digest('stranger', 'customer_no') }} as stranger_digest
    from buyers

),

stranger_times as (

    select
        customer_no,
        floor({{ draw('stranger_digest', 2) }} * {{ seconds_in_all() }})::bigint as at_second
    from strangers
    where {{ draw('stranger_digest') }} < {{ var('stranger_share') }}

),

placed as (

    select
        customer_no,
        order_key,
        purchase_no,
        origin,
        ordered_at
    from wanted

    union all

    -- a card is refused some minutes before it is tried again; the same wish is ordered twice
    -- within the hour, and cancelled; a gift card is bought on the same occasion
    select
        customer_no,
        order_key - order_key % 10
        + case mishap when 'failed' then 2 when 'cancelled' then 3 else 5 end,
        purchase_no,
        mishap,
        ordered_at + to_seconds(case mishap
            when 'failed' then -60 - floor(time_draw * 840)
            when 'cancelled' then 60 + floor(time_draw * 3540)
            else 120 + floor(time_draw * 600)
        end)
    from mishaps

    union all

    select
        customer_no,
        customer_no::bigint * 10000 + 6,
        0,
        'trial',
        started_at
    from {{ ref('gen_subscriptions') }}

    union all

    select
        stranger_times.customer_no,
        stranger_times.customer_no::bigint * 10000 + 4,
        0,
        'stranger',
        {{ calendar_time('clock', 'stranger_times.at_second') }}
    from stranger_times
    inner join {{ ref('gen_clock') }} as clock
        on clock.point = (stranger_times.at_second // 3600)::integer

),

digests as (

    select
        *,
        {{ digest('order', 'order_key', 1) }} as basket_digest,
        {{ digest('order', 'order_key', 2) }} as terms_digest
    from placed
    where
        ordered_at >= timestamp '{{ var("start_date") }}'
        and ordered_at < {{ end_of_time() }}

),

draws as (

    select
        customer_no,
        order_key,
        purchase_no,
        origin,
        ordered_at,
        {{ quantile_place(draw('basket_digest')) }} as basket_place,
        {{ draw('basket_digest', 2) }} as lines_draw,
        {{ draw('terms_digest') }} as channel_draw,
        {{ draw('terms_digest', 2) }} as promotion_draw,
        {{ draw('terms_digest', 3) }} as payment_draw
    from digests

),

terms as (

    select
        draws.order_key,
        draws.customer_no,
        draws.purchase_no,
        draws.origin,
        draws.ordered_at,
        customers.region_id,
        customers.country_code,
        customers.currency,
        buyers.acquisition_channel,
        case
            when draws.origin = 'stranger' then 'pos'
            when draws.origin != 'own' then 'web'
            when buyers.acquisition_channel = 'marketplace' and draws.channel_draw < 0.85 then 'market'
            when draws.channel_draw < 0.80 then 'web'
            when draws.channel_draw < 0.89 then 'pos'
            when draws.channel_draw < 0.95 then 'social'
            else 'phone'
        end as channel_id,
        buyers.taste,
        -- strangers have the average buyer's purse
        exp({{ quantile('baskets', 'ln_gamma_basket', 'draws.basket_place') }})
        / case when draws.origin = 'stranger' then 0.12 else buyers.basket_divisor end as budget,
        draws.lines_draw,
        draws.promotion_draw,
        draws.payment_draw,
        days.day,
        days.promotion_no as window_no,
        classes.uses_window,
        classes.uses_always
    from draws
    inner join customers on customers.customer_no = draws.customer_no
    inner join buyers on buyers.customer_no = draws.customer_no
    inner join {{ ref('law_promotion_classes') }} as classes
        on classes.promotion_class = buyers.promotion_class
    inner join {{ ref('gen_days') }} as days on days.day = draws.ordered_at::date
    inner join {{ ref('gen_quantiles') }} as baskets
        on baskets.point = floor(draws.basket_place)::integer

)

select
    order_key,
    customer_no,
    purchase_no,
    origin,
    ordered_at,
    region_id,
    country_code,
    currency,
    acquisition_channel,
    channel_id,
    taste,
    round(budget * 100)::bigint as budget_cents,
    lines_draw,
    payment_draw,
    case
        when channel_id not in ('web', 'social') then null
        when origin in ('gift_card', 'trial') then null
        when origin = 'promotion' then window_no
        -- the flash sale's letter brings its code along
        when {{ from_flash_sale('order_key') }} then purchase_no + 2
        when window_no is not null and promotion_draw < uses_window then window_no
        when window_no is not null then null
        when purchase_no = 1 and promotion_draw * 1000 % 1 < 0.20 then 1
        when promotion_draw < uses_always then 2
    end as promotion_no
from terms
