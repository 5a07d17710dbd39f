-- From operational time, in which buying is even, to calendar time, in which it has seasons: one
-- row an operational hour with the calendar second at which it starts and the seconds that it
-- lasts.
with hours as (

    select
        days.day_no * 24 + hour.hour_no as hour_no,
        {% if var('season') -%}
        days.weight * ([
            5, 3, 2, 2, 3, 8, 18, 32, 45, 55, 60, 60,
            62, 58, 54, 52, 55, 62, 74, 82, 78, 58, 30, 12
        ])[hour.hour_no + 1] as weight
        {%- else -%}
        days.weight * 40 as weight
        {%- endif %}
    from {{ ref('gen_days') }} as days
    cross join (select range as hour_no from range(24)) as hour

),

cumulated as (

    select
        hour_no,
        weight,
        sum(weight) over (order by hour_no) - weight as weight_before,
        sum(weight) over () as weight_in_all,
        count(*) over () as hours_in_all
    from hours

),

points as (

    select
        hour_no as point,
        -- the weight that has passed when this operational hour starts
        (hour_no::hugeint * weight_in_all // hours_in_all)::bigint as weight_passed
    from cumulated

),

starts as (

    select
        points.point,
        (
            cumulated.hour_no * 3600
            + (points.weight_passed - cumulated.weight_before) * 3600 // cumulated.weight
        )::bigint as starts_at_second
    from points
    asof inner join cumulated on points.weight_passed >= cumulated.weight_before

),

lasts as (

    select
        point,
        starts_at_second,
        lead(starts_at_second, 1, (select count(*) * 3600 from starts)) over (order by point)
        - starts_at_second as seconds
    from starts

)

select
    point::integer as point,
    starts_at_second::integer as starts_at_second,
    seconds::integer as seconds
from lasts
