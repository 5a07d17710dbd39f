with

months as (

    select * from {{ ref('int_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

month_periods as (

    select
        'month' as period_grain,
        month as period_start,
        month_end as period_end
    from months

),

year_starts as (

    select cast(date_trunc('year', month) as date) as period_start
    from months
    group by 1

),

year_periods as (

    select
        'year' as period_grain,
        period_start,
        cast(period_start + interval 1 year as date) - 1 as period_end
    from year_starts

),

whole_period as (

    select
        'all' as period_grain,
        min(months.month) as period_start,
        max(as_of.as_of) - 1 as period_end
    from months
    cross join as_of
    having count(*) > 0

),

periods as (

    select * from month_periods
    union all
    select * from year_periods
    union all
    select * from whole_period

)

select
    periods.period_grain,
    periods.period_start,
    periods.period_end,
    periods.period_end < as_of.as_of as is_complete
from periods
cross join as_of
