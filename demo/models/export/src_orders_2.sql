{{ config(
    enabled=var('dirt') > 1,
    materialized='external',
    location=var('output') ~ '/orders_2.' ~ var('format'),
    format=var('format'),
) }}

-- The newer orders. From level 3 on one column has another name, one is missing, one is new.
select
    {%- if var('dirt') > 2 %}
    * exclude (file_no, sort_at, sort_key, copy, fulfilment_cost) rename (utm_campaign as campaign),
    case when channel_id = 'pos' then 'till ' || (1 + sort_key % 4) end as till_no
    {%- else %}
    * exclude (file_no, sort_at, sort_key, copy)
    {%- endif %}
from {{ ref('out_orders') }}
where file_no = 2
order by sort_at nulls first, sort_key, copy
