{{ config(
    materialized='external',
    location=var('output') ~ '/promotions.' ~ var('format'),
    format=var('format'),
) }}

select
    'promo' || promotion_no as promotion_id,
    code,
    promotion_type,
    value_type,
    amount::decimal(18, {{ 2 if var('format') == 'csv' else 4 }}) as value,
    starts_on::timestamp as starts_at,
    ends_on + interval '1 day' - interval '1 second' as ends_at,
    null::varchar as channel_id
from {{ ref('gen_promotions') }}
order by promotion_no
