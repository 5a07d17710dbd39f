-- Trap 39: more web orders than visits that bought tell of bots, or of visits that were not seen.
{{ config(severity='warn') }}
select
    sum(orders) as orders,
    sum(purchase_sessions) as purchase_sessions
from {{ ref('agg_funnel_daily') }}
having sum(orders) > 1.05 * sum(purchase_sessions)
