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
    {{ seen('first_response_at') }} as first_response_at,
    {{ seen('resolved_at') }} as resolved_at,
    category,
    {%- if var('until') %}
    case
        when resolved_at < timestamp '{{ var("until") }}' then 'closed'
        when first_response_at < timestamp '{{ var("until") }}' then 'pending'
        else 'open'
    end as status,
    case when resolved_at < timestamp '{{ var("until") }}' then csat end as csat,
    {%- else %}
    status,
    csat,
    {%- endif %}
    team
from {{ ref('gen_support_tickets') }}
where {{ in_window('created_at', ['first_response_at', 'resolved_at']) }}
order by order_key
