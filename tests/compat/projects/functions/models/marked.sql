select order_id, {{ function('is_large') }}(amount) as is_large
from {{ ref('orders') }}
