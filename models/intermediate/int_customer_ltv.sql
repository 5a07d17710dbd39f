{% set horizons = [30, 60, 90, 180, 365] %}
with

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

aged_days as (

    select
        customer_days.customer_id,
        customer_days.date - first_orders.first_order_date as age_days,
        customer_days.net_revenue,
        customer_days.contribution
    from customer_days
    inner join first_orders
        on customer_days.customer_id = first_orders.customer_id

),

sums as (

    select
        customer_id,
        {% for days in horizons %}
        sum(net_revenue) filter (where age_days <= {{ days }}) as net_revenue_{{ days }}d,
        case
            when count(*) filter (where age_days <= {{ days }} and contribution is null) = 0
                then sum(contribution) filter (where age_days <= {{ days }})
        end as contribution_{{ days }}d{{ ',' if not loop.last }}
        {% endfor %}
    from aged_days
    group by customer_id

)

-- Only who was seen that long has a value: the others are unknown, not 0.
select
    first_orders.customer_id,
    first_orders.cohort_month,
    first_orders.first_order_date,
    first_orders.store_id,
    first_orders.channel,
    first_orders.country_code,
    first_orders.category,
    first_orders.second_order_date - first_orders.first_order_date as second_order_days,
    as_of.as_of - 1 - first_orders.first_order_date as seen_days,
    {% for days in horizons %}
    case
        when first_orders.first_order_date + {{ days }} < as_of.as_of
            then cast(sums.net_revenue_{{ days }}d as decimal(18, 4))
    end as net_revenue_{{ days }}d,
    case
        when first_orders.first_order_date + {{ days }} < as_of.as_of
            then cast(sums.contribution_{{ days }}d as decimal(18, 4))
    end as contribution_{{ days }}d{{ ',' if not loop.last }}
    {% endfor %}
from first_orders
cross join as_of
inner join sums
    on first_orders.customer_id = sums.customer_id
