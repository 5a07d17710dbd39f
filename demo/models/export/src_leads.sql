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
    {%- if var('until') %}
    case
        when converted_at < timestamp '{{ var("until") }}' then 'converted'
        when created_at >= timestamp '{{ var("until") }}' - interval 30 day then 'open'
        else 'lost'
    end as status,
    {%- else %}
    status,
    {%- endif %}
    {{ seen('converted_at') }} as converted_at,
    case when {{ seen('converted_at') }} is not null then 'c' || customer_no end as customer_id,
    quality
from {{ ref('gen_leads') }}
where {{ in_window('created_at', ['converted_at', 'case when converted_at is null then created_at + interval 30 day end']) }}
order by customer_no, lead_no
