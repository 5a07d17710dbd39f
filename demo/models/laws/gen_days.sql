-- One row a day of the shop's life, with the season and the promotion of that day.
with days as (

    select
        (row_number() over (order by range) - 1)::integer as day_no,
        range::date as day
    from range(
        date '{{ var("start_date") }}',
        date '{{ var("end_date") }}' + interval 1 day,
        interval 1 day
    )

),

years as (

    select
        year,
        -- the day after the fourth Thursday of November
        make_date(year, 11, 1)
        + ((11 - dayofweek(make_date(year, 11, 1))) % 7 + 22)::integer as black_friday
    from (select distinct year(day) as year from days)

),

seasons as (

    select
        days.day_no,
        days.day,
        years.black_friday,
        ([94, 88, 93, 96, 102, 95, 84, 83, 97, 104, 126, 138])[month(days.day)]
        * ([92, 104, 100, 99, 101, 98, 106])[dayofweek(days.day) + 1]
        * case
            when days.day between years.black_friday and years.black_friday + 3 then 230
            when month(days.day) = 12 and day(days.day) between 8 and 20 then 125
            when month(days.day) = 12 and day(days.day) between 24 and 26 then 45
            else 100
        end as weight
    from days
    inner join years on years.year = year(days.day)

)

select
    seasons.day_no,
    seasons.day,
    seasons.black_friday,
    {{ 'seasons.weight' if var('season') else '1000000' }}::bigint as weight,
    promotions.promotion_no,
    promotions.starts_on as promotion_starts_on
from seasons
left join {{ ref('gen_promotions') }} as promotions
    on seasons.day between promotions.starts_on and promotions.ends_on
    and promotions.is_window
