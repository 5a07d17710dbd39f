-- The cohorts together are all customers ever acquired who can be recognised, also those who never came back.
with

cohorts as (

    select
        split_by,
        sum(cohort_size) as customers
    from {{ ref('agg_cohort_retention') }}
    where month_number = 0
    group by split_by

),

customers as (

    select count(*) as customers
    from {{ ref('dim_customers') }}
    where orders > 0 and identity_reliable

)

select cohorts.*
from cohorts
cross join customers
where cohorts.customers is distinct from customers.customers
