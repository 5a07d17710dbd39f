{{ config(
    materialized='external',
    location=var('output') ~ '/support_tickets.' ~ var('format'),
    format=var('format'),
) }}

select
    't' || order_key as ticket_id,
    'c' || customer_no as customer_id,
    'o' || order_key as order_id,
    created_at,
    first_response_at,
    resolved_at,
    category,
    status,
    csat,
    team
from {{ ref('gen_support_tickets') }}
order by order_key
