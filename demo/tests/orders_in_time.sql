-- Ordered, paid, shipped, delivered, in this order and before the end.
select order_key
from {{ ref('gen_orders') }}
where
    ordered_at < timestamp '{{ var("start_date") }}'
    or ordered_at >= {{ end_of_time() }}
    or paid_at < ordered_at
    or shipped_at < paid_at
    or delivered_at < shipped_at
    or cancelled_at < coalesce(paid_at, ordered_at)
    or greatest(paid_at, shipped_at, delivered_at, cancelled_at) >= {{ end_of_time() }}
    or (shipped_at is not null and paid_at is null)
    or (delivered_at is not null and shipped_at is null)
