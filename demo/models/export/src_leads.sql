{{ config(
    materialized='external',
    location=var('output') ~ '/leads.' ~ var('format'),
    format=var('format'),
) }}

select
    'l' || customer_no || '-' || lead_no as lead_id,
    created_at,
    source,
    {{ campaign_name('source', 'created_at') }} as campaign,
    region_id,
    status,
    converted_at,
    case when converted_at is not null then 'c' || customer_no end as customer_id,
    quality
from {{ ref('gen_leads') }}
order by customer_no, lead_no
