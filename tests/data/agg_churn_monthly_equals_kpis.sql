-- Who is new in a month is who ordered for the first time in it, of those who can be recognised.
with

first_orders as (

    select
        cast(date_trunc('month', order_date) as date) as month,
        count(*) as new_customers
    from {{ ref('fct_orders') }}
    where is_new and identity_reliable
    group by 1

),

churn as (

    select
        month,
        new_customers
    from {{ ref('agg_churn_monthly') }}
    where store_id = '(all)' and segment = '(all)'

)

select
    coalesce(churn.month, first_orders.month) as month,
    churn.new_customers,
    first_orders.new_customers as first_order_customers
from churn
full join first_orders
    on churn.month = first_orders.month
where coalesce(churn.new_customers, 0) is distinct from coalesce(first_orders.new_customers, 0)
