with

customers as (

    select * from {{ ref('dim_customers') }}

),

own_members as (

    select * from {{ ref('int_segment_members') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

members as (

    select
        'rfm:' || rfm_segment as segment_key,
        customer_id,
        'rfm' as kind
    from customers
    union all
    select
        'tier:' || value_tier as segment_key,
        customer_id,
        'value_tier' as kind
    from customers
    union all
    select
        segment_key,
        customer_id,
        'own' as kind
    from own_members

)

select
    members.segment_key,
    members.customer_id,
    members.kind,
    as_of.as_of
from members
cross join as_of
