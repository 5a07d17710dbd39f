with

segments as (

    select * from {{ ref('dim_segments') }}

),

segment_changes as (

    select * from {{ ref('fct_segment_changes') }}

),

first_looks as (

    select * from {{ ref('int_segment_first_looks') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters() }}
    )

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A mistyped key is an error: nobody changed is an answer, too.
asked_segments as (

    select segments.segment_key
    from segments
    where
        {{ function('is_any_of') }}(segments.segment_key, key)
        and case
            when (
                select count(*)
                from segments as known_segments
                where {{ function('is_any_of') }}(known_segments.segment_key, key)
            ) > 0 then true
            else error('no segment: ' || cast(key as varchar))
        end

),

-- What was before a segment was first looked at is not known: the difference begins there, also where
-- it had no members then.
spans as (

    select
        asked_segments.segment_key,
        greatest(
            coalesce({{ function('as_date') }}(from_date), first_looks.first_date),
            first_looks.first_date
        ) as first_day,
        coalesce({{ function('as_date') }}(to_date), as_of.as_of) as last_day
    from asked_segments
    inner join first_looks
        on asked_segments.segment_key = first_looks.segment_key
    cross join as_of

),

-- The state on a day is the last change by then.
states as (

    select
        spans.segment_key,
        spans.first_day,
        spans.last_day,
        segment_changes.customer_id,
        coalesce(
            arg_max(segment_changes.change, segment_changes.change_date) filter (
                where segment_changes.change_date <= spans.first_day
            ) = 'entered',
            false
        ) as was_member,
        coalesce(
            arg_max(segment_changes.change, segment_changes.change_date) = 'entered', false
        ) as is_member,
        max(segment_changes.change_date) as change_date
    from spans
    inner join segment_changes
        on
            spans.segment_key = segment_changes.segment_key
            and segment_changes.change_date <= spans.last_day
    group by
        spans.segment_key,
        spans.first_day,
        spans.last_day,
        segment_changes.customer_id

)

select
    states.segment_key,
    states.customer_id,
    case when states.is_member then 'entered' else 'left' end as change,
    states.change_date,
    states.first_day as from_date,
    states.last_day as to_date,
    coalesce(customers.is_mailable, false) as is_mailable,
    customers.rfm_segment,
    customers.value_tier,
    customers.country_code,
    customers.language,
    customers.last_order_date
from states
left join customers
    on states.customer_id = customers.customer_id
left join chosen
    on states.customer_id = chosen.customer_id
where
    states.is_member <> states.was_member
    and states.first_day <= states.last_day
    and (not {{ asks_for_anything() }} or chosen.customer_id is not null)
order by states.segment_key, change, states.customer_id
