-- Who entered last and has not left is who is in the segment at as_of. (Prospects and people who cannot be
-- recognised have no scores, and so no changes.)
with

members as (

    select
        segment_key,
        customer_id
    from {{ ref('bridge_customer_segments') }}
    where segment_key not in ('rfm:prospect', 'rfm:unreliable')

),

last_states as (

    select
        segment_key,
        customer_id
    from {{ ref('fct_segment_changes') }}
    group by segment_key, customer_id
    having arg_max(change, change_date) = 'entered'

),

-- A build that looks back behind the recorded days adds nothing, and is not compared.
recorded_later as (

    select 1 as is_later
    from {{ ref('int_segment_history') }} as history
    cross join {{ ref('int_as_of') }} as as_of
    where history.change_date > as_of.as_of

)

select
    coalesce(members.segment_key, last_states.segment_key) as segment_key,
    coalesce(members.customer_id, last_states.customer_id) as customer_id
from members
full join last_states
    on
        members.segment_key = last_states.segment_key
        and members.customer_id = last_states.customer_id
where
    (members.customer_id is null or last_states.customer_id is null)
    and not exists (select 1 from recorded_later)
