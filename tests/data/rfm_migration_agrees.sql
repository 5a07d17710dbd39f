-- Between the last two ends of months, the moves are those of the published table. A shop in its first
-- month has no such ends.
{{ config(tags=['agreement']) }}
{% set last_month = "select max(month) from " ~ ref('agg_rfm_migration') ~ " where is_complete" %}
with

published as (

    select *
    from {{ ref('agg_rfm_migration') }}
    where preset = '{{ var("rfm_preset") }}' and month = ({{ last_month }})

),

asked as (

    select *
    from {{ function('rfm_migration') }}(({{ last_month }}) - 1, last_day(({{ last_month }})))
    where ({{ last_month }}) is not null

)

select
    coalesce(published.from_segment, asked.from_segment) as from_segment,
    coalesce(published.to_segment, asked.to_segment) as to_segment,
    published.customers as published_customers,
    asked.customers
from published
full join asked
    on
        published.from_segment = asked.from_segment
        and published.to_segment = asked.to_segment
where
    published.customers is distinct from asked.customers
    or published.net_revenue_before is distinct from asked.net_revenue_before
    or published.net_revenue is distinct from asked.net_revenue
