-- Every order that a person wants, after promotions have pulled some forward and caused some more.
-- order_key = customer_no, purchase_no (three digits), origin (one digit).
with purchases as (

    select
        purchases.customer_no,
        purchases.purchase_no,
        purchases.purchased_at,
        lag(purchases.purchased_at) over (
            partition by purchases.customer_no order by purchases.purchase_no
        ) as previous_at,
        classes.pulled_forward,
        {{ digest('pull', 'purchases.customer_no', 'purchases.purchase_no') }} as pull_digest
    from {{ ref('gen_purchases') }} as purchases
    inner join {{ ref('gen_buyers') }} as buyers on buyers.customer_no = purchases.customer_no
    inner join {{ ref('law_promotion_classes') }} as classes
        on classes.promotion_class = buyers.promotion_class

),

windows as (

    select
        promotion_no,
        starts_on::timestamp as starts_at,
        least(ends_on + interval 1 day, {{ end_of_time() }}) as ends_at
    from {{ ref('gen_promotions') }}
    where is_window

),

days_after as (

    -- a day belongs to the last window that ended at most three weeks before
    select
        days.day,
        max(windows.starts_at) as starts_at,
        max(windows.ends_at) as ends_at
    from {{ ref('gen_days') }} as days
    inner join windows
        on days.day >= windows.ends_at
        and days.day < windows.ends_at + interval 21 day
    group by days.day

),

pulled as (

    select
        purchases.*,
        days_after.ends_at as window_ends_at,
        greatest(days_after.starts_at, purchases.previous_at + interval 1 hour) as window_starts_at,
        coalesce(
            days_after.ends_at > purchases.previous_at + interval 2 hour
            and {{ draw('pull_digest') }} < purchases.pulled_forward * {{ var('promotion_effect') }},
            false
        ) as is_pulled_forward
    from purchases
    left join days_after on days_after.day = purchases.purchased_at::date

),

lives as (

    select
        customer_no,
        joined_at,
        coalesce(left_at, {{ end_of_time() }}) as leaves_at
    from {{ ref('gen_lives') }}

),

chances as (

    select
        lives.customer_no,
        windows.promotion_no,
        windows.starts_at,
        windows.ends_at,
        classes.extra_order,
        {{ digest('extra', 'lives.customer_no', 'windows.promotion_no') }} as extra_digest
    from lives
    inner join {{ ref('gen_buyers') }} as buyers on buyers.customer_no = lives.customer_no
    inner join {{ ref('law_promotion_classes') }} as classes
        on classes.promotion_class = buyers.promotion_class
    inner join windows
        on windows.starts_at > lives.joined_at
        and windows.ends_at < lives.leaves_at
    where classes.extra_order > 0

),

wanted as (

    select
        customer_no,
        purchase_no,
        customer_no::bigint * 10000 + purchase_no * 10 as order_key,
        'own' as origin,
        is_pulled_forward,
        case
            when is_pulled_forward then window_starts_at + to_seconds(
                floor({{ draw('pull_digest', 2) }} * epoch(window_ends_at - window_starts_at))::bigint
            )
            else purchased_at
        end as ordered_at
    from pulled

    union all

    select
        customer_no,
        promotion_no,
        customer_no::bigint * 10000 + promotion_no * 10 + 1,
        'promotion',
        false,
        starts_at + to_seconds(
            floor({{ draw('extra_digest', 2) }} * epoch(ends_at - starts_at))::bigint
        )
    from chances
    where {{ draw('extra_digest') }} < extra_order * {{ var('promotion_effect') }}

    union all

    -- a newsletter that arrives makes one customer in sixteen order within the week, a flash sale
    -- three in ten within two days
    select
        customer_no,
        campaign_no,
        customer_no::bigint * 10000 + campaign_no * 10 + 7,
        'campaign',
        false,
        sent_at + to_seconds(1800 + floor(time_draw * response_days * 86400)::bigint)
    from {{ ref('gen_sendings') }}
    where
        channel = 'email'
        and is_alive
        and not is_held_out
        and not unsubscribes
        and answer_draw < response_share * {{ var('promotion_effect') }}

)

select
    customer_no,
    purchase_no,
    order_key,
    origin,
    is_pulled_forward,
    ordered_at
from wanted
