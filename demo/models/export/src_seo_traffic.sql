{{ config(
    materialized='external',
    location=var('output') ~ '/seo_traffic.' ~ var('format'),
    format=var('format'),
) }}

-- Visits from search engines by keyword, counted on Mondays.
with mondays as (

    select
        day,
        day_no
    from {{ ref('gen_days') }}
    where dayofweek(day) = 1

),

keywords (keyword_no, keyword, share, place) as (

    values
        (1, 'brass lantern garden', 5, 8.0),
        (2, 'ceramic mug set', 14, 4.5),
        (3, 'linen apron', 6, 9.5),
        (4, 'puzzle for adults', 11, 6.0),
        (5, 'reading lamp warm light', 12, 5.0),
        (6, 'soft throw blanket', 9, 7.5),
        (7, 'surprise box shop', 4, 2.5),
        (8, 'weekly planner notebook', 10, 6.5)

),

draws as (

    select
        mondays.day,
        mondays.day_no,
        keywords.keyword,
        keywords.share,
        keywords.place,
        {{ digest('seo', 'keywords.keyword_no', "strftime(mondays.day, '%Y-%m-%d')") }} as seo_digest
    from mondays
    cross join keywords

)

select
    day as traffic_date,
    'google' as source,
    keyword,
    floor(
        {{ var('customers') }} * share / 400.0
        * (1 + day_no / 365.0)
        * (0.7 + 0.6 * {{ draw('seo_digest') }})
    )::bigint as visits,
    greatest(1, place - day_no / 365.0 + 1.5 * {{ draw('seo_digest', 2) }})::decimal(6, 2) as position
from draws
where {{ in_window('day') }}
order by day, keyword
