-- An order dated after the build began is a wrong date: it would move as_of.
select
    order_id,
    ordered_at
from {{ ref('stg_orders') }}
where ordered_at > cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
