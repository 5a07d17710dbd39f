{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_order_reviews_dataset.csv'),
    format='csv',
) }}

-- About the order, not about a product; the day it was asked for, and the moment of the answer.
select
    {{ olist_id("'w' || reviews.order_key") }} as review_id,
    {{ olist_id("'o' || reviews.order_key") }} as order_id,
    reviews.score as review_score,
    (['Quebrado', null, null, 'Bom', 'Recomendo'])[reviews.score] as review_comment_title,
    case
        when reviews.order_key // 10 % 3 = 0
            then 'Chegou ' || case when reviews.score > 3 then 'bem.' else 'mal.' end || chr(13) || chr(10)
                || 'Obrigado, "' || orders.city || '"'
    end as review_comment_message,
    reviews.created_at::date::timestamp as review_creation_date,
    reviews.created_at as review_answer_timestamp
from {{ ref('gen_reviews') }} as reviews
inner join {{ ref('olist_euro_orders') }} as orders on orders.order_key = reviews.order_key
order by reviews.order_key
