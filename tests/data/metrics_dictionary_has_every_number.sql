-- The specification numbers its metrics from 1 to 75.
select numbers.number
from range(1, 76) as numbers (number)
left join {{ ref('metrics_dictionary') }} as metrics
    on numbers.number = metrics.number
where metrics.number is null
