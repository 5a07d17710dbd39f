with

source_customers as (

    select * from {{ ref('stg_customers') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

totals as (

    select * from {{ ref('int_customer_totals') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if var('churn_window_days') == 'auto' %}
windows as (

    select * from {{ ref('int_customer_windows') }}

),
{% endif %}

scores as (

    select snapshots.*
    from {{ ref('fct_rfm_snapshots') }} as snapshots
    inner join as_of
        on snapshots.as_of = as_of.as_of
    where snapshots.preset = '{{ var("rfm_preset") }}'

),

reliability as (

    select
        customer_id,
        bool_and(identity_reliable) as identity_reliable
    from identities
    group by customer_id

),

-- Of a person's accounts the first that knows a value gives it.
profiles as (

    select
        accounts.customer_id,
        bool_and(accounts.is_guest) as is_guest,
        min(accounts.created_date) as created_date,
        arg_min(source_customers.country_code, accounts.priority) as country_code,
        arg_min(source_customers.region_id, accounts.priority) as region_id,
        arg_min(source_customers.city, accounts.priority) as city,
        arg_min(source_customers.language, accounts.priority) as language,
        arg_min(source_customers.email_consent, accounts.priority) as email_consent,
        arg_min(source_customers.sms_consent, accounts.priority) as sms_consent,
        arg_min(source_customers.accepts_marketing, accounts.priority) as accepts_marketing,
        arg_min(source_customers.loyalty_tier, accounts.priority) as loyalty_tier,
        arg_min(source_customers.acquisition_channel, accounts.priority) as acquisition_channel
    from accounts
    inner join source_customers
        on accounts.source_customer_id = source_customers.customer_id
    group by accounts.customer_id

),

people as (

    select customer_id from profiles
    union
    select customer_id from totals

),

-- A customer has lapsed on a day that lies more than the window after the last order.
lapses as (

    select
        totals.customer_id,
        totals.last_order_date + {{ churn_window() }} + 1 as lapsed_date
    from totals
    cross join as_of
    {% if var('churn_window_days') == 'auto' %}
    left join windows
        on totals.customer_id = windows.customer_id
    {% endif %}
    where totals.last_order_date + {{ churn_window() }} + 1 < as_of.as_of

)

select
    people.customer_id,
    reliability.identity_reliable,
    profiles.is_guest,
    profiles.created_date,
    coalesce(totals.last_country_code, profiles.country_code, '(unknown)') as country_code,
    profiles.region_id,
    profiles.city,
    profiles.language,
    profiles.email_consent,
    profiles.sms_consent,
    profiles.accepts_marketing,
    profiles.loyalty_tier,
    profiles.acquisition_channel,
    totals.first_order_id,
    totals.first_order_date,
    totals.last_order_date,
    cast(date_trunc('month', totals.first_order_date) as date) as cohort_month,
    totals.first_store_id,
    totals.first_channel,
    totals.first_country_code,
    coalesce(totals.orders, 0) as orders,
    coalesce(totals.purchase_days, 0) as purchase_days,
    coalesce(totals.cancelled_orders, 0) as cancelled_orders,
    coalesce(totals.zero_value_orders, 0) as zero_value_orders,
    coalesce(totals.fully_refunded_orders, 0) as fully_refunded_orders,
    coalesce(totals.refunds, 0) as refunds,
    coalesce(totals.units, 0) as units,
    coalesce(totals.refunded_units, 0) as refunded_units,
    coalesce(totals.gross_revenue, 0) as gross_revenue,
    coalesce(totals.discount_amount, 0) as discount_amount,
    coalesce(totals.refund_amount, 0) as refund_amount,
    coalesce(totals.refund_without_order_amount, 0) as refund_without_order_amount,
    coalesce(totals.refund_of_invalid_amount, 0) as refund_of_invalid_amount,
    coalesce(totals.net_revenue, 0) as net_revenue,
    coalesce(totals.net_revenue, 0) as historic_ltv,
    coalesce(totals.net_revenue_order_basis, 0) as net_revenue_order_basis,
    {{ ratio('totals.net_revenue_order_basis', 'totals.orders') }} as aov,
    coalesce(totals.total_sales, 0) as total_sales,
    totals.contribution,
    coalesce(totals.has_cost, false) as has_cost,
    as_of.as_of - totals.last_order_date as recency_days,
    as_of.as_of - totals.first_order_date as tenure_days,
    totals.median_gap_days,
    lapses.lapsed_date,
    lapses.lapsed_date is not null as is_lapsed,
    scores.r,
    scores.f,
    scores.m,
    scores.fm,
    case
        when coalesce(totals.orders, 0) = 0 then 'prospect'
        when not reliability.identity_reliable then 'unreliable'
        when scores.customer_id is null then 'out_of_window'
        else scores.segment
    end as rfm_segment
from people
cross join as_of
left join reliability
    on people.customer_id = reliability.customer_id
left join profiles
    on people.customer_id = profiles.customer_id
left join totals
    on people.customer_id = totals.customer_id
left join lapses
    on people.customer_id = lapses.customer_id
left join scores
    on people.customer_id = scores.customer_id
