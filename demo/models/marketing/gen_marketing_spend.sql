-- Paid channels spend what their curve asks for the customers of the day; e-mail is for those who
-- are there.
with days as (

    select
        day_no,
        day,
        (select count(*) from {{ ref('gen_days') }}) as day_count
    from {{ ref('gen_days') }}

),

curves as (

    select
        channel,
        cac_eur,
        customers_a_day,
        exponent
    from {{ ref('gen_acquisition_curves') }}
    where cac_eur is not null

),

acquisition as (

    select
        days.day,
        curves.channel,
        curves.cac_eur * curves.customers_a_day
        -- the law of joining at this time of the shop's life, against its mean
        * ({{ var('growth') }} * exp({{ var('growth') }} * (days.day_no + 0.5) / days.day_count)
            / (exp({{ var('growth') }}) - 1)) ** (1 / curves.exponent) as euros,
        {{ digest('spend_day', 'curves.channel', "strftime(days.day, '%Y-%m-%d')") }} as spend_digest
    from days
    cross join curves

),

everything as (

    select
        day,
        channel,
        {{ campaign_name('channel', 'day') }} as campaign,
        'acquisition' as purpose,
        round(euros * (0.92 + 0.16 * {{ draw('spend_digest') }}) * 100)::bigint as amount_cents,
        case channel
            when 'paid_search' then 45
            when 'paid_social' then 30
            when 'affiliate' then 38
            else 52
        end as click_cents,
        {{ draw('spend_digest', 2) }} as click_draw
    from acquisition

    union all

    -- the mailing house sends a bill on the first of each month
    select
        day,
        'email',
        {{ campaign_name("'email'", 'day') }},
        'retention',
        (1500 + {{ var('customers') }} * 6)::bigint,
        8,
        0.5
    from days
    where day(day) = 1

    union all

    -- posters at the stops in spring and before Christmas
    select
        day,
        'out_of_home',
        'posters-' || year(day),
        'brand',
        (500 + {{ var('customers') }} * 3)::bigint,
        null,
        0.5
    from days
    where dayofweek(day) = 1 and month(day) in (4, 5, 11)

)

select
    day,
    channel,
    coalesce(campaign, channel) as campaign,
    purpose,
    amount_cents,
    floor(amount_cents / click_cents * (0.9 + 0.2 * click_draw))::bigint as clicks,
    floor(
        amount_cents / click_cents * (0.9 + 0.2 * click_draw) * (28 + 10 * click_draw)
    )::bigint as impressions
from everything
