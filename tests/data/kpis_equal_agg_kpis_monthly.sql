-- The report of a whole month is the month's row of the mart, in all and of one channel.
-- What stands in an argument is read inside the function, so it names no CTE of this query.
{{ config(tags=['agreement']) }}
with

reported as (

    select '(all)' as channel, metric, value, prev
    from {{ function('kpis') }}(
        (select max(month) from {{ ref('agg_kpis_monthly') }} where is_complete),
        (select last_day(max(month)) from {{ ref('agg_kpis_monthly') }} where is_complete)
    )
    union all
    select (select max(channel) from {{ ref('fct_orders') }}) as channel, metric, value, prev
    from {{ function('kpis') }}(
        (select max(month) from {{ ref('agg_kpis_monthly') }} where is_complete),
        (select last_day(max(month)) from {{ ref('agg_kpis_monthly') }} where is_complete),
        channel := (select max(channel) from {{ ref('fct_orders') }})
    )

),

months_sums as (

    select
        channel,
        columns(* exclude (month, store_id, channel, is_complete))::double
    from {{ ref('agg_kpis_monthly') }}
    where
        store_id = '(all)'
        and month = (select max(month) from {{ ref('agg_kpis_monthly') }} where is_complete)
        and channel in ('(all)', (select max(channel) from {{ ref('fct_orders') }}))

),

expected as (

    unpivot months_sums
    on columns(* exclude (channel))
    into name metric value expected_value

)

select
    reported.channel,
    reported.metric,
    reported.value,
    expected.expected_value
from reported
inner join expected
    on
        reported.channel = expected.channel
        and reported.metric = expected.metric
where reported.value is distinct from expected.expected_value
