-- Every row of the seed is looked at; without a seen day nothing is.
select checks.check_key
from {{ ref('data_quality_checks') }} as checks
cross join {{ ref('int_as_of') }} as as_of
left join {{ ref('rpt_data_quality') }} as results
    on checks.check_key = results.check_key
where results.check_key is null
