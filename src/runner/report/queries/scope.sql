select
    as_of.as_of,
    min(months.month) as first_month,
    max(currencies.currency) as currency
from {{ ref('int_as_of') }} as as_of
cross join {{ ref('int_months') }} as months
left join {{ ref('int_reporting_currency') }} as currencies on true
group by as_of.as_of
