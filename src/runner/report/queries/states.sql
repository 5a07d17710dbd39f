-- Months whose end has been scored: how the base was divided on the first day after each.
select
    preset,
    month,
    cast(month + interval 1 month as date) - 1 as last_day,
    sum(customers) as customers
from {{ ref('agg_rfm_monthly') }}
where is_complete and segment is not null
group by preset, month
order by preset, month
