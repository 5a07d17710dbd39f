{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'support_tickets') }}

)

select
    _source as source,
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
