{{ config(
    materialized='external',
    location=var('output') ~ '/surveys.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

select
    'q' || order_key as response_id,
    survey_type,
    'c' || customer_no as customer_id,
    'o' || order_key as order_id,
    sent_at,
    {{ seen('responded_at') }} as responded_at,
    case when {{ seen('responded_at') }} is not null then score end as score,
    case
        when {{ seen('responded_at') }} is null or order_key // 10 % 4 != 0 then null
        when score <= case survey_type when 'nps' then 6 else 2 end then 'It took longer than promised.'
        when score >= case survey_type when 'nps' then 9 else 5 end then 'Quick and well packed.'
        else 'All right.'
    end as comment,
    strftime(sent_at, '%Y-q') || quarter(sent_at) as wave
from {{ ref('gen_surveys') }}
where {{ in_window('sent_at', ['responded_at']) }}
order by order_key
