with

holidays as (

    select * from {{ ref('stg_holidays') }}

),

languages as (

    select * from {{ ref('agg_country_language') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- The language that most customers of a country read.
main_languages as (

    select
        country_code,
        country_name,
        language,
        country_customers
    from languages
    qualify row_number() over (
        partition by country_code
        order by language = '(unknown)', customers desc, people desc, language
    ) = 1

)

select
    holidays.holiday_date,
    holidays.country_code,
    holidays.holiday_name,
    coalesce(main_languages.country_name, holidays.country_code) as country_name,
    coalesce(main_languages.language, '(unknown)') as main_language,
    coalesce(main_languages.country_customers, 0) as customers,
    cast(isodow(holidays.holiday_date) as integer) as day_of_week,
    isodow(holidays.holiday_date) >= 6 as is_weekend,
    coalesce(holidays.holiday_date < as_of.as_of, false) as is_seen,
    case when holidays.holiday_date >= as_of.as_of then holidays.holiday_date - as_of.as_of end
        as days_ahead
from holidays
left join as_of
    on true
left join main_languages
    on holidays.country_code = main_languages.country_code
