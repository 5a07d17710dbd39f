{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'support_tickets') }}

),

cleaned as (

    select
        'canonical' as source,
        ticket_id,
        customer_id,
        order_id,
        created_at,
        first_response_at,
        resolved_at,
        category,
        lower(trim(status)) as status,
        csat,
        team
    from source
    where ticket_id is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'ticket_id'],
    [
        'resolved_at desc nulls last',
        'first_response_at desc nulls last',
        'created_at desc nulls last',
        'status',
    ],
) }}
