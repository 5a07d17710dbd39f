-- one row a customer
select
    customer_id,
    count(*) as order_count,
    {{ sums('amount') }}
from {{ ref('stg_named') }}
group by customer_id
