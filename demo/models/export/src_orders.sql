{{ config(
    materialized='external',
    location=var('output') ~ '/orders.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

select * exclude (file_no, sort_at, sort_key, copy)
from {{ ref('out_orders') }}
{%- if var('dirt') > 1 %}
where file_no = 1
{%- endif %}
{%- if var('dirt') > 0 %}
-- what came late stands at the end
order by sort_at nulls first, sort_key, copy
{%- else %}
order by sort_key
{%- endif %}
