{{ config(type='table') }}

with

customers as (

    select * from {{ ref('dim_customers') }}

),

members as (

    select members.customer_id
    from {{ ref('bridge_customer_segments') }} as members
    where
        {{ function('is_given') }}(segment)
        and {{ function('is_any_of') }}(members.segment_key, segment)
    group by members.customer_id

)

-- Nobody is read when nothing is asked for.
select customers.customer_id
from customers
left join members
    on customers.customer_id = members.customer_id
where
    {{ asks_for_customers() }}
    and {{ function('is_any_of') }}(customers.rfm_segment, rfm_segment)
    and {{ function('is_any_of') }}(customers.value_tier, value_tier)
    and (not {{ function('is_given') }}(segment) or members.customer_id is not null)
    and (
        {{ function('as_date') }}(since_from) is null
        or customers.first_order_date >= {{ function('as_date') }}(since_from)
    )
    and (
        {{ function('as_date') }}(since_to) is null
        or customers.first_order_date <= {{ function('as_date') }}(since_to)
    )
