-- depends_on: {{ ref('countries') }}
with source as (
    select * from {{ source('seeded', 'raw_orders') }}
)
select
    id as order_id,
    customer_id,
    cast(ordered_at as date) as ordered_on,
    status,
    amount,
    {{ cents('amount') }} as amount_cents,
    country
from source
where amount >= {{ var('min_amount') }}
