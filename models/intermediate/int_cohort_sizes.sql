with

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

)

select
    cohort_month,
    case
        when grouping(channel) = 0 then 'channel'
        when grouping(country_code) = 0 then 'country'
        when grouping(category) = 0 then 'category'
        else 'all'
    end as split_by,
    coalesce(channel, country_code, category, '(all)') as split,
    count(*) as cohort_size
from first_orders
group by grouping sets (
    (cohort_month),
    (cohort_month, channel),
    (cohort_month, country_code),
    (cohort_month, category)
)
