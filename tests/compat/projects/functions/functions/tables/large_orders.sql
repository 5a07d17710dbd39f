select *
from {{ ref('orders') }}
where {{ function('is_large') }}(amount) and (wanted = '' or country = wanted)
