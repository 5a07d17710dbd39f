-- A day has one promotion at most.
select day
from {{ ref('gen_days') }}
group by day
having count(*) > 1
