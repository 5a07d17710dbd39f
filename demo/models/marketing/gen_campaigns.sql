-- A newsletter each quarter, a text message in summer and on Black Friday, and a flash sale: a letter to
-- one country with a code for three days. response_share: living readers who order because of it.
with years as (

    select distinct
        year(day) as year,
        black_friday
    from {{ ref('gen_days') }}

),

letters as (

    select
        (years.year % 100) * 10 + quarter.quarter_no as campaign_no,
        'news-' || years.year || '-q' || quarter.quarter_no as campaign_id,
        'Newsletter ' || years.year || ' Q' || quarter.quarter_no as campaign_name,
        'email' as channel,
        make_date(years.year, quarter.quarter_no * 3 - 1, 6) + interval 8 hour as sent_at,
        'newsletter' as audience_key,
        10 as holdout_percent,
        4500 as fixed_cents,
        0.06 as response_share,
        7 as response_days,
        null::varchar as country_code
    from years
    cross join (select range as quarter_no from range(1, 5)) as quarter

),

messages as (

    select
        (year % 100) * 10 + 5,
        'sms-' || year || '-summer',
        'Summer text ' || year,
        'sms',
        make_date(year, 7, 2) + interval 9 hour,
        'sms_consent',
        20,
        2500,
        0,
        7,
        null
    from years

    union all

    select
        (year % 100) * 10 + 6,
        'sms-' || year || '-black-friday',
        'Black Friday text ' || year,
        'sms',
        black_friday + interval 7 hour,
        'sms_consent',
        20,
        2500,
        0,
        7,
        null
    from years

    union all

    select
        (year % 100) * 10 + 7,
        'flash-' || year || '-pt',
        'Flash sale Portugal ' || year || ' (FLASH20-' || year % 100 || ')',
        'email',
        make_date(year, 10, 7) + interval 7 hour,
        'country:PT',
        20,
        2000,
        0.30,
        2,
        'PT'
    from years

),

everything as (

    select * from letters
    union all
    select * from messages

)

select
    campaign_no::integer as campaign_no,
    campaign_id,
    campaign_name,
    channel,
    sent_at,
    audience_key,
    holdout_percent,
    fixed_cents,
    response_share::double as response_share,
    response_days,
    country_code
from everything
where
    sent_at >= timestamp '{{ var("start_date") }}'
    and sent_at < {{ end_of_time() }} - interval 7 day
