{{ config(materialized='ephemeral') }}
select order_id, sum(amount) as refunded
from {{ source('shop', 'refunds') }}
group by order_id
