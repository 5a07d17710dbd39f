select order_id, customer_id, status, amount, country, note
from {{ source('shop', 'orders') }}
