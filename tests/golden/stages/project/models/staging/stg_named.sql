{{ config(materialized='ephemeral', tags=['names']) }}
with countries as (select * from {{ ref('countries') }})
select orders.*, countries.name as country_name, coalesce(refunds.refunded, 0) as refunded
from {{ ref('stg_orders') }} as orders
left join countries on countries.code = orders.country
left join {{ ref('stg_refunds') }} as refunds using (order_id)
