with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

holidays as (

    select * from {{ ref('stg_holidays') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

first_dates as (

    select min(order_date) as date from orders
    union all
    select min(refund_date) as date from refunds

),

-- Whole years, from the first one with an order to the one that runs.
bounds as (

    select
        date_trunc('year', min(first_dates.date)) as first_date,
        date_trunc('year', max(as_of.as_of) - 1) + interval 1 year - interval 1 day as last_date,
        max(as_of.as_of) as as_of
    from first_dates
    cross join as_of

),

days as (

    select
        cast(unnest(generate_series(first_date, last_date, interval 1 day)) as date) as date,
        as_of
    from bounds

),

holiday_names as (

    select
        holiday_date,
        string_agg(
            country_code || ': ' || holiday_name, ', ' order by country_code, holiday_name
        ) as holidays
    from holidays
    group by holiday_date

)

select
    days.date,
    cast(year(days.date) as integer) as year,
    cast(quarter(days.date) as integer) as quarter,
    cast(month(days.date) as integer) as month_of_year,
    cast(day(days.date) as integer) as day_of_month,
    cast(dayofyear(days.date) as integer) as day_of_year,
    cast(isodow(days.date) as integer) as day_of_week,
    dayname(days.date) as day_name,
    monthname(days.date) as month_name,
    cast(isoyear(days.date) as integer) as iso_year,
    cast(week(days.date) as integer) as iso_week,
    cast(date_trunc('week', days.date) as date) as week_start,
    cast(date_trunc('month', days.date) as date) as month,
    cast(date_trunc('quarter', days.date) as date) as quarter_start,
    cast(date_trunc('year', days.date) as date) as year_start,
    cast(days.date - interval 1 year as date) as date_last_year,
    isodow(days.date) >= 6 as is_weekend,
    days.date = last_day(days.date) as is_month_end,
    holiday_names.holidays is not null as is_holiday,
    holiday_names.holidays,
    days.date < days.as_of as is_seen
from days
left join holiday_names
    on days.date = holiday_names.holiday_date
