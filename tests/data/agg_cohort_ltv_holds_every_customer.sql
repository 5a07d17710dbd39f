-- Trap 20: nobody is left out of a cohort for not coming back, and nobody is mature too early.
with

sums as (

    select
        horizon_days,
        split_by,
        sum(cohort_size) as customers,
        sum(mature_customers) as mature_customers
    from {{ ref('agg_cohort_ltv') }}
    group by horizon_days, split_by

),

customers as (

    select
        horizons.horizon_days,
        count(*) as customers,
        count(*) filter (where customers.first_order_date + horizons.horizon_days < as_of.as_of)
            as mature_customers
    from {{ ref('dim_customers') }} as customers
    cross join {{ ref('int_as_of') }} as as_of
    cross join (select unnest([30, 60, 90, 180, 365]) as horizon_days) as horizons
    where customers.orders > 0 and customers.identity_reliable
    group by horizons.horizon_days

)

select sums.*
from sums
inner join customers
    on sums.horizon_days = customers.horizon_days
where
    sums.customers is distinct from customers.customers
    or sums.mature_customers is distinct from customers.mature_customers
