-- An order of a day to come is a wrong date: it would move as_of. One day is left for time zones.
-- Asked by the day, not by the second, so that a build with nothing to do need not ask again.
select
    order_id,
    ordered_at
from {{ ref('stg_orders') }}
where ordered_at >= current_date + 2
