with

rates as (

    select * from {{ ref('stg_fx_rates') }}

),

orders as (

    select * from {{ ref('int_orders_classified') }}

),

costs as (

    select * from {{ ref('int_order_item_costs') }}

),

payments as (

    select * from {{ ref('stg_payments') }}

),

refunds as (

    select * from {{ ref('int_refunds_linked') }}

),

spend as (

    select * from {{ ref('stg_marketing_spend') }}

),

campaigns as (

    select * from {{ ref('stg_campaigns') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

reporting as (

    select * from {{ ref('int_reporting_currency') }}

),

-- A rate is needed where money of a figure hangs on it; the rate of a refund's own day only
-- tells the gain or loss.
uses as (

    select
        currency,
        order_date as rate_date,
        is_valid as is_needed
    from orders
    union all
    select
        costs.currency,
        orders.order_date as rate_date,
        orders.is_valid as is_needed
    from costs
    inner join orders
        on costs.order_id = orders.order_id
    where costs.currency <> orders.currency
    union all
    select
        payments.currency,
        orders.order_date as rate_date,
        orders.is_valid as is_needed
    from payments
    inner join orders
        on payments.order_id = orders.order_id
    where
        payments.fee_amount <> 0
        and payments.currency <> orders.currency
    union all
    select
        currency,
        rate_date,
        is_counted as is_needed
    from refunds
    union all
    select
        currency,
        refund_date as rate_date,
        false as is_needed
    from refunds
    where refund_date <> rate_date
    union all
    select
        currency,
        spend_date as rate_date,
        amount <> 0 as is_needed
    from spend
    union all
    select
        currency,
        {{ local_date('sent_at') }} as rate_date,
        cost <> 0 as is_needed
    from campaigns
    where sent_at is not null and cost is not null and currency is not null

),

used_rates as (

    select
        uses.currency,
        uses.rate_date,
        bool_or(uses.is_needed) as is_needed
    from uses
    cross join as_of
    where uses.rate_date < as_of.as_of
    group by uses.currency, uses.rate_date

),

dated_rates as (

    select
        used_rates.currency,
        used_rates.rate_date,
        used_rates.is_needed,
        reporting.currency as reporting_currency,
        rates.rate_date as quoted_on,
        rates.rate
    from used_rates
    cross join reporting
    left join rates
        on
            used_rates.currency = rates.from_currency
            and reporting.currency = rates.to_currency
            and rates.rate_date <= used_rates.rate_date
            and rates.rate_date >= used_rates.rate_date - {{ var('fx_max_age_days') }}

),

latest_rates as (

    select *
    from dated_rates
    qualify row_number() over (
        partition by currency, rate_date
        order by quoted_on desc nulls last
    ) = 1

)

select
    currency,
    rate_date,
    is_needed,
    case when currency = reporting_currency then 1 else rate end as rate
from latest_rates
