-- Every order of the web shop has the visit that its file names.
select visits.order_key
from {{ ref('gen_order_visits') }} as visits
left join {{ ref('gen_sessions') }} as sessions
    on sessions.order_key = visits.order_key
    and sessions.visit_no = 0
where sessions.order_key is null
