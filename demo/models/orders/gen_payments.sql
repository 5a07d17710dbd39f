-- Money taken, or refused: one row an order, two where a gift card pays a part.
with orders as (

    select
        order_key,
        currency,
        price_tenths,
        payment_method,
        total_cents,
        ordered_at,
        paid_at,
        origin,
        {{ digest('payment', 'order_key') }} as payment_digest
    from {{ ref('gen_orders') }}
    where
        total_cents > 0
        and (paid_at is not null or origin = 'failed')

),

split as (

    select
        *,
        -- gift cards of 25 pay a part of one order in fifty
        case
            when
                payment_method = 'card'
                and origin not in ('failed', 'gift_card')
                and {{ draw('payment_digest') }} < 0.03
                then least(total_cents // 2, 2500 * price_tenths // 10)
            else 0
        end as gift_card_cents
    from orders

),

parts as (

    select
        order_key,
        1 as part_no,
        currency,
        price_tenths,
        payment_method,
        total_cents - gift_card_cents as amount_cents,
        ordered_at,
        paid_at
    from split

    union all

    select
        order_key,
        2,
        currency,
        price_tenths,
        'gift_card',
        gift_card_cents,
        ordered_at,
        paid_at
    from split
    where gift_card_cents > 0

)

select
    order_key,
    part_no,
    coalesce(paid_at, ordered_at) as tried_at,
    paid_at,
    payment_method,
    amount_cents,
    currency,
    case when payment_method = 'pay_later' then 3 else 1 end as installments,
    case when paid_at is null then 'failed' else 'captured' end as status,
    case
        when paid_at is null or payment_method in ('cash', 'gift_card') then 0
        when payment_method = 'bank_transfer' then 30 * price_tenths // 10
        when payment_method = 'pay_later' then 35 * amount_cents // 1000 + 30 * price_tenths // 10
        else 14 * amount_cents // 1000 + 25 * price_tenths // 10
    end as fee_cents
from parts
