with

customers as (

    select * from {{ ref('dim_customers') }}

),

contacts as (

    select * from {{ ref('exp_contacts') }}

),

recommendations as (

    select * from {{ ref('int_customer_recommendations') }}

),

own_segments as (

    select
        customer_id,
        array_to_string(list_sort(list(segment_key)), ', ') as segments
    from {{ ref('bridge_customer_segments') }}
    where kind = 'own'
    group by customer_id

),

-- What changes by itself from day to day (days since, exact probabilities) is left out or rounded,
-- so that a row changes when something has happened.
profiles as (

    select
        customers.customer_id,
        contacts.email,
        contacts.sha256_email,
        contacts.phone_e164,
        contacts.first_name,
        contacts.last_name,
        customers.country_code,
        customers.city,
        customers.language,
        customers.email_consent,
        customers.sms_consent,
        customers.is_suppressed,
        customers.is_mailable,
        customers.loyalty_tier,
        customers.created_date,
        customers.first_order_date,
        customers.last_order_date,
        customers.orders,
        customers.net_revenue,
        -- As a decimal first: versions of DuckDB round a double like 61.665 differently.
        cast(round(cast(customers.aov as decimal(18, 6)), 2) as decimal(18, 2)) as aov,
        customers.is_lapsed,
        customers.rfm_segment,
        customers.value_tier,
        customers.payment_type,
        customers.discount_class,
        customers.buying_archetype,
        customers.top_category,
        round(customers.p_alive, 1) as p_alive,
        cast(round(customers.predicted_clv_12m, -1) as decimal(18, 0)) as predicted_clv_12m,
        recommendations.product_id as recommended_product_id,
        recommendations.product_name as recommended_product,
        own_segments.segments
    from customers
    left join contacts
        on customers.customer_id = contacts.customer_id
    left join recommendations
        on customers.customer_id = recommendations.customer_id
    left join own_segments
        on customers.customer_id = own_segments.customer_id

)

select
    *,
    md5(cast(to_json(profiles) as varchar)) as row_hash
from profiles
