-- What an audience's letter offers a customer is the first of the offers.
select
    recommendations.customer_id,
    recommendations.product_id,
    offers.product_id as offered_id
from {{ ref('int_customer_recommendations') }} as recommendations
left join {{ function('recommend') }}('', limit_n := '1') as offers
    on recommendations.customer_id = offers.customer_id
where recommendations.product_id is distinct from offers.product_id
