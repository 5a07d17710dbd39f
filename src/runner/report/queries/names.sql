select
    customer_id,
    nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '') as name
from {{ ref('customers_pii') }}
