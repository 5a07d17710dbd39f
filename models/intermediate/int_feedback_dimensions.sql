-- What each piece of feedback is counted under: one row for each value of each dimension.
with

events as (

    select * from {{ ref('int_feedback_events') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

items as (

    select * from {{ ref('fct_order_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

-- The segment is the one held when the month began, so that it does not depend on what followed.
placed as (

    select
        events.feedback_id,
        coalesce(customers.country_code, '(unknown)') as country_code,
        case
            when events.customer_id is null then '(unknown)'
            when not customers.identity_reliable then 'unreliable'
            when snapshots.segment is not null then snapshots.segment
            when customers.first_order_date < events.month then 'out_of_window'
            else 'prospect'
        end as rfm_segment,
        events.channel,
        events.team,
        events.category
    from events
    left join customers
        on events.customer_id = customers.customer_id
    left join snapshots
        on
            events.customer_id = snapshots.customer_id
            and events.month = snapshots.as_of

),

-- A product names its category; without one the categories of the order count, each once.
categories as (

    select
        events.feedback_id,
        coalesce(products.category, '(unknown)') as product_category
    from events
    inner join products
        on events.product_id = products.product_id
    union
    select
        events.feedback_id,
        coalesce(products.category, '(unknown)') as product_category
    from events
    inner join items
        on events.order_id = items.order_id
    inner join products
        on items.product_id = products.product_id
    where events.product_id is null

)

select
    feedback_id,
    '(all)' as dimension,
    '(all)' as dimension_value
from placed
union all
select
    feedback_id,
    'country' as dimension,
    country_code as dimension_value
from placed
union all
select
    feedback_id,
    'rfm_segment' as dimension,
    rfm_segment as dimension_value
from placed
union all
select
    feedback_id,
    'channel' as dimension,
    channel as dimension_value
from placed
union all
select
    feedback_id,
    'team' as dimension,
    team as dimension_value
from placed
where team is not null
union all
select
    feedback_id,
    'ticket_category' as dimension,
    category as dimension_value
from placed
where category is not null
union all
select
    feedback_id,
    'product_category' as dimension,
    product_category as dimension_value
from categories
