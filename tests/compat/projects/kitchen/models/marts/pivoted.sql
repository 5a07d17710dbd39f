select
    customer_id
    {% for status in list_statuses() %}
    , sum(case when status = '{{ status }}' then 1 end) as n_{{ status }}
    {% endfor %}
from {{ ref('stg_orders') }}
group by customer_id
