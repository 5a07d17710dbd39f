{{ config(
    materialized='external',
    location=var('output') ~ '/reviews.' ~ var('format'),
    format=var('format'),
) }}

select
    'w' || order_key as review_id,
    'o' || order_key as order_id,
    {{ product_key('product_no') }} as product_id,
    'c' || customer_no as customer_id,
    created_at,
    score,
    (['Broken', 'Not for me', 'Fair', 'Good', 'Lovely'])[score] as title,
    case
        when order_key // 10 % 3 = 0
            then (['Arrived in pieces.', 'Looks different from the picture.', 'Does what it should.',
                'Good for the price.', 'Would buy it again.'])[score]
    end as body,
    is_verified
from {{ ref('gen_reviews') }}
where {{ in_window('created_at') }}
order by order_key
