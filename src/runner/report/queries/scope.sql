with

as_of as (

    select * from {{ ref('int_as_of') }}

),

months as (

    select * from {{ ref('int_months') }}

),

currencies as (

    select * from {{ ref('int_reporting_currency') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

first_months as (

    select min(month) as first_month
    from months

),

-- as_of may be set long after the last order, or before it.
last_orders as (

    select max(orders.order_date) as last_order_date
    from orders
    inner join as_of
        on orders.order_date < as_of.as_of
    where orders.is_valid

)

select
    as_of.as_of,
    first_months.first_month,
    last_orders.last_order_date,
    currencies.currency
from as_of
cross join first_months
cross join last_orders
left join currencies on true
where first_months.first_month is not null
