{{ config(
    materialized='external',
    location=var('output') ~ '/holidays.' ~ var('format'),
    format=var('format'),
) }}

-- Public holidays with a fixed date, and Easter Monday by the anonymous Gregorian computus.
with years as (

    select distinct year(day)::integer as year
    from {{ ref('gen_days') }}

),

fixed (country_code, month, day, holiday_name) as (

    values
        ('PL', 1, 1, 'New Year'),
        ('PL', 1, 6, 'Epiphany'),
        ('PL', 5, 1, 'Labour Day'),
        ('PL', 5, 3, 'Constitution Day'),
        ('PL', 8, 15, 'Assumption'),
        ('PL', 11, 1, 'All Saints'),
        ('PL', 11, 11, 'Independence Day'),
        ('PL', 12, 25, 'Christmas'),
        ('PL', 12, 26, 'Second Day of Christmas'),
        ('PT', 1, 1, 'New Year'),
        ('PT', 4, 25, 'Freedom Day'),
        ('PT', 5, 1, 'Labour Day'),
        ('PT', 6, 10, 'Portugal Day'),
        ('PT', 8, 15, 'Assumption'),
        ('PT', 10, 5, 'Republic Day'),
        ('PT', 11, 1, 'All Saints'),
        ('PT', 12, 1, 'Restoration of Independence'),
        ('PT', 12, 8, 'Immaculate Conception'),
        ('PT', 12, 25, 'Christmas'),
        ('RO', 1, 1, 'New Year'),
        ('RO', 1, 24, 'Union Day'),
        ('RO', 5, 1, 'Labour Day'),
        ('RO', 6, 1, 'Children''s Day'),
        ('RO', 8, 15, 'Assumption'),
        ('RO', 11, 30, 'Saint Andrew'),
        ('RO', 12, 1, 'Great Union Day'),
        ('RO', 12, 25, 'Christmas'),
        ('RO', 12, 26, 'Second Day of Christmas')

),

golden as (

    select
        year,
        year % 19 as a,
        year // 100 as b,
        year % 100 as c
    from years

),

moons as (

    select
        year,
        a,
        b,
        c,
        (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30 as h
    from golden

),

sundays as (

    select
        year,
        a,
        h,
        (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7 as l
    from moons

),

easters as (

    select
        year,
        make_date(year, 3, 22) + (h + l - 7 * ((a + 11 * h + 22 * l) // 451))::integer as easter
    from sundays

),

everything as (

    select
        make_date(years.year, fixed.month, fixed.day) as holiday_date,
        fixed.country_code,
        fixed.holiday_name
    from years
    cross join fixed

    union all

    select
        (easter + 1)::date,
        'PL',
        'Easter Monday'
    from easters

    union all

    select
        (easter - 2)::date,
        'PT',
        'Good Friday'
    from easters

)

select
    holiday_date,
    country_code,
    holiday_name
from everything
where holiday_date between date '{{ var("start_date") }}' and date '{{ var("end_date") }}'
-- a movable feast may fall on a fixed one
qualify row_number() over (partition by holiday_date, country_code order by holiday_name) = 1
order by holiday_date, country_code
