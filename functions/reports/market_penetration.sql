with

places as (

    select * from {{ ref('agg_market_penetration') }}

)

select places.*
from places
where
    {{ function('is_any_of') }}(places.level, level)
    and {{ function('is_any_of') }}(places.period, period)
    and {{ function('is_any_of') }}(places.country_code, country)
    and (
        {{ function('is_any_of') }}(places.region_id, region)
        or {{ function('is_any_of') }}(places.region_name, region)
    )
order by
    places.period,
    places.level,
    places.opportunity_revenue desc nulls last,
    places.region_id
