-- The layout has no currency, so only the orders in euro go there.
select *
from {{ ref('layout_orders') }}
where currency = 'EUR'
