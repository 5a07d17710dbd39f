-- Asked for everything, cohorts and churn are those of the published tables. A shop in its first month
-- has no whole month to ask for.
{{ config(tags=['agreement']) }}
{% set last_month = "select max(month) from " ~ ref('agg_churn_monthly') ~ " where is_complete" %}
with

published_cells as (

    select * from {{ ref('agg_cohort_revenue') }}
    where basis = 'calendar_month'

),

retention as (

    select * from {{ function('cohorts') }}('', '')

),

repeats as (

    select * from {{ function('cohorts') }}('', '', measure := 'repeat')

),

country_money as (

    select *
    from {{ function('cohorts') }}('', '', split_by := 'country', measure := 'cumulative_net_revenue')

),

published_churn as (

    select *
    from {{ ref('agg_churn_monthly') }}
    where store_id = '(all)' and segment = '(all)' and month = ({{ last_month }})

),

asked_churn as (

    select *
    from {{ function('churn') }}(({{ last_month }}), last_day(({{ last_month }})))
    where ({{ last_month }}) is not null

)

select
    'retention' as compared,
    coalesce(published_cells.cohort_month, retention.cohort) as cohort
from (select * from published_cells where split_by = 'all') as published_cells
full join retention
    on
        published_cells.cohort_month = retention.cohort
        and published_cells.period_number = retention.n
where
    published_cells.cohort_size is distinct from retention.cohort_size
    or published_cells.is_complete is distinct from retention.is_complete
    or published_cells.retention_rate is distinct from retention.value
union all
select
    'repeat' as compared,
    coalesce(published_cells.cohort_month, repeats.cohort) as cohort
from (select * from published_cells where split_by = 'all') as published_cells
full join repeats
    on
        published_cells.cohort_month = repeats.cohort
        and published_cells.period_number = repeats.n
where published_cells.cumulative_repeat_rate is distinct from repeats.value
union all
select
    'money by country' as compared,
    coalesce(published_cells.cohort_month, country_money.cohort) as cohort
from (select * from published_cells where split_by = 'country') as published_cells
full join country_money
    on
        published_cells.cohort_month = country_money.cohort
        and published_cells.split = country_money.split
        and published_cells.period_number = country_money.n
where published_cells.cumulative_net_revenue is distinct from country_money.numerator
union all
select
    'churn' as compared,
    published_churn.month as cohort
from published_churn
full join asked_churn
    on published_churn.month = asked_churn.first_day
where
    published_churn.active_start is distinct from asked_churn.active_start
    or published_churn.lapsed_start is distinct from asked_churn.lapsed_start
    or published_churn.new_customers is distinct from asked_churn.new_customers
    or published_churn.reactivated_customers is distinct from asked_churn.reactivated_customers
    or published_churn.churned_customers is distinct from asked_churn.churned_customers
    or published_churn.churned_active_customers is distinct from asked_churn.churned_active_customers
    or published_churn.active_end is distinct from asked_churn.active_end
    or published_churn.logo_churn_rate is distinct from asked_churn.churn_rate
