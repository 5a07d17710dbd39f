with

places as (

    select * from {{ ref('agg_market_penetration') }}

),

levels as (

    select unnest(['country', 'region']) as level

),

periods as (

    select unnest(['all_time', 'last_365_days']) as period

),

-- Mistyped, it would leave nothing, as if nobody had bought anywhere.
asked_levels as (

    select
        case
            when
                not {{ function('is_any_of') }}('country', lower(cast(level as varchar)))
                and not {{ function('is_any_of') }}('region', lower(cast(level as varchar)))
                then error('level is none of: country, region')
            when {{ function('is_any_of') }}(levels.level, lower(cast(level as varchar))) then levels.level
        end as level
    from levels

),

asked_periods as (

    select
        case
            when
                not {{ function('is_any_of') }}('all_time', lower(cast(period as varchar)))
                and not {{ function('is_any_of') }}('last_365_days', lower(cast(period as varchar)))
                then error('period is none of: all_time, last_365_days')
            when {{ function('is_any_of') }}(periods.period, lower(cast(period as varchar))) then periods.period
        end as period
    from periods

)

select places.*
from places
inner join asked_levels
    on places.level = asked_levels.level
inner join asked_periods
    on places.period = asked_periods.period
where
    {{ function('is_any_of') }}(places.country_code, country)
    and (
        {{ function('is_any_of') }}(places.region_id, region)
        or {{ function('is_any_of') }}(places.region_name, region)
    )
order by
    places.period,
    places.level,
    places.opportunity_revenue desc nulls last,
    places.region_id
