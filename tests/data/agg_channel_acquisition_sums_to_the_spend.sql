-- Trap 34: channels sum to the spend of the source, and to the whole of each month.
with

channels as (

    select
        month,
        sum(spend) as spend,
        sum(new_customers) as new_customers
    from {{ ref('agg_channel_acquisition') }}
    where channel not in ('(all)', '(paid)')
    group by month

),

whole as (

    select
        month,
        spend,
        new_customers
    from {{ ref('agg_channel_acquisition') }}
    where channel = '(all)'

),

source_spend as (

    select
        month,
        sum(amount) as spend
    from {{ ref('int_marketing_spend') }}
    group by month

),

source_customers as (

    select
        cohort_month as month,
        count(*) as new_customers
    from {{ ref('int_customer_first_orders') }}
    group by cohort_month

)

select whole.month
from whole
left join channels
    on whole.month = channels.month
left join source_spend
    on whole.month = source_spend.month
left join source_customers
    on whole.month = source_customers.month
where
    whole.spend is distinct from channels.spend
    or whole.new_customers is distinct from channels.new_customers
    or whole.spend is distinct from coalesce(source_spend.spend, 0)
    or whole.new_customers is distinct from coalesce(source_customers.new_customers, 0)
