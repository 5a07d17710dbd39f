-- The promotion calendar: two codes that always work, eight windows a year that never overlap, and the
-- code of the flash sale, which only its letter tells.
with years as (

    select range::integer as year
    from range(year(date '{{ var("start_date") }}'), year(date '{{ var("end_date") }}') + 1)

),

calendar (window_no, month, day, days, name, promotion_type, value_type, amount) as (

    values
        (1, 1, 8, 14, 'WINTER', 'automatic', 'percent', 20),
        (2, 2, 7, 8, 'HEART10', 'coupon', 'percent', 10),
        (3, 3, 20, 10, 'SPRING15', 'coupon', 'percent', 15),
        (4, 5, 2, 10, 'FREEMAY', 'coupon', 'free_shipping', 0),
        (5, 7, 1, 14, 'SUMMER', 'automatic', 'percent', 25),
        (6, 8, 25, 10, 'SCHOOL10', 'coupon', 'percent', 10),
        (7, 11, 0, 5, 'BLACK', 'automatic', 'percent', 30),
        (8, 12, 8, 11, 'GIFT5', 'coupon', 'fixed', 5)

),

windows as (

    select
        (years.year % 100) * 10 + calendar.window_no as promotion_no,
        calendar.name || '-' || years.year % 100 as code,
        calendar.promotion_type,
        calendar.value_type,
        calendar.amount,
        case
            when calendar.day > 0 then make_date(years.year, calendar.month, calendar.day)
            -- from the Thursday before Black Friday
            else make_date(years.year, 11, 1)
                + ((11 - dayofweek(make_date(years.year, 11, 1))) % 7 + 21)::integer
        end as starts_on,
        calendar.days
    from years
    cross join calendar

),

everything as (

    select
        promotion_no,
        code,
        promotion_type,
        value_type,
        amount,
        starts_on,
        starts_on + (days - 1)::integer as ends_on,
        true as is_window
    from windows

    union all

    select
        promotion_no,
        code,
        'coupon',
        'percent',
        amount,
        date '{{ var("start_date") }}',
        date '{{ var("end_date") }}',
        false
    from (values (1, 'WELCOME10', 10), (2, 'CLUB5', 5)) as always (promotion_no, code, amount)

    union all

    select
        (year % 100) * 10 + 9,
        'FLASH20-' || year % 100,
        'coupon',
        'percent',
        20,
        make_date(year, 10, 7),
        make_date(year, 10, 9),
        false
    from years

)

select
    promotion_no::integer as promotion_no,
    code,
    promotion_type,
    value_type,
    amount::integer as amount,
    starts_on,
    ends_on,
    is_window
from everything
where
    starts_on <= date '{{ var("end_date") }}'
    and ends_on >= date '{{ var("start_date") }}'
