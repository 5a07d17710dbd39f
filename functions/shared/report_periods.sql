{{ config(type='table') }}

with

as_of as (

    select * from {{ ref('int_as_of') }}

),

months as (

    select min(months.month) as first_day
    from {{ ref('int_months') }} as months

),

-- No first day means the first there is, no last day the last that is seen.
asked as (

    select
        as_of.as_of,
        coalesce({{ function('as_date') }}(start_date), months.first_day) as first_day,
        coalesce({{ function('as_date') }}(end_date), as_of.as_of - 1) as last_day
    from as_of
    cross join months

),

-- As many days just before; the same days a year earlier, 29 February as the 28th.
three_periods as (

    select
        'current' as period,
        asked.first_day,
        asked.last_day,
        asked.as_of
    from asked
    union all
    select
        'prev' as period,
        asked.first_day - cast(asked.last_day - asked.first_day + 1 as integer) as first_day,
        asked.first_day - 1 as last_day,
        asked.as_of
    from asked
    union all
    select
        'yoy' as period,
        cast(asked.first_day - interval 1 year as date) as first_day,
        cast(asked.last_day - interval 1 year as date) as last_day,
        asked.as_of
    from asked

)

select
    three_periods.period,
    three_periods.first_day,
    three_periods.last_day,
    cast(
        greatest(
            least(three_periods.last_day, three_periods.as_of - 1) - three_periods.first_day + 1, 0
        ) as bigint
    ) as elapsed_days,
    three_periods.last_day < three_periods.as_of as is_complete
from three_periods
where three_periods.last_day >= three_periods.first_day
