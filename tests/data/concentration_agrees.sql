-- Asked for everything, the curve and its summary are those of the published table.
{{ config(tags=['agreement']) }}
with

published as (

    select *
    from {{ ref('agg_customer_concentration') }}
    where period_grain = 'all' and channel = '(all)' and measure = 'net_revenue'

),

asked as (

    select *
    from {{ function('concentration') }}('', '')
    where is_top_share

)

select
    published.top20_amount,
    asked.cumulative_amount
from published
full join asked
    on true
where
    published.customers is distinct from asked.all_customers
    or published.total_amount is distinct from asked.total_amount
    or published.top20_amount is distinct from asked.cumulative_amount
    or published.top20_share is distinct from asked.amount_share
    or published.customers_for_80 is distinct from asked.customers_for_80
    or published.gini is distinct from asked.gini
    or published.floored_customers is distinct from asked.floored_customers
    or published.floored_amount is distinct from asked.floored_amount
