{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='change_date',
    full_refresh=false,
) }}

with

members as (

    select *
    from {{ ref('bridge_customer_segments') }}
    where kind <> 'rfm'

),

segments as (

    select *
    from {{ ref('int_segments') }}
    where kind <> 'rfm'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if is_incremental() %}
recorded as (

    select
        segment_key,
        customer_id,
        cast(change_date as date) as change_date,
        change,
        is_initial
    from {{ this }}

),
{% else %}
recorded as (

    select
        cast(null as varchar) as segment_key,
        cast(null as varchar) as customer_id,
        cast(null as date) as change_date,
        cast(null as varchar) as change,
        cast(null as boolean) as is_initial
    where false

),
{% endif %}

-- A build that looks back adds nothing: what came later would contradict it.
recorded_day as (

    select as_of.as_of
    from as_of
    where not exists (select 1 from recorded where recorded.change_date > as_of.as_of)

),

known_segments as (

    select recorded.segment_key
    from recorded
    inner join recorded_day
        on recorded.change_date < recorded_day.as_of
    where recorded.change = 'seen'
    group by recorded.segment_key

),

-- The state before this day is the last change before it.
members_before as (

    select
        recorded.segment_key,
        recorded.customer_id
    from recorded
    inner join recorded_day
        on recorded.change_date < recorded_day.as_of
    where recorded.change <> 'seen'
    group by recorded.segment_key, recorded.customer_id
    having arg_max(recorded.change, recorded.change_date) = 'entered'

),

changes as (

    select
        segments.segment_key,
        cast(null as varchar) as customer_id,
        'seen' as change
    from segments
    union all
    select
        members.segment_key,
        members.customer_id,
        'entered' as change
    from members
    left join members_before
        on
            members.segment_key = members_before.segment_key
            and members.customer_id = members_before.customer_id
    where members_before.customer_id is null
    union all
    select
        members_before.segment_key,
        members_before.customer_id,
        'left' as change
    from members_before
    inner join segments
        on members_before.segment_key = segments.segment_key
    left join members
        on
            members_before.segment_key = members.segment_key
            and members_before.customer_id = members.customer_id
    where members.customer_id is null

)

select
    changes.segment_key,
    changes.customer_id,
    recorded_day.as_of as change_date,
    changes.change,
    known_segments.segment_key is null as is_initial
from changes
cross join recorded_day
left join known_segments
    on changes.segment_key = known_segments.segment_key
