{{ config(materialized='view') }}
{%- if not 0 <= var('audience_holdout_share') | float(-1) <= 1 -%}
    {{ refuse_setting('audience_holdout_share', var('audience_holdout_share'), 'a share from 0 to 1') }}
{%- endif %}

with

members as (

    select * from {{ ref('bridge_customer_segments') }}

),

segments as (

    select * from {{ ref('dim_segments') }}

),

customers as (

    select *
    from {{ ref('dim_customers') }}
    where is_mailable

),

contacts as (

    select *
    from {{ ref('exp_contacts') }}
    where is_email_confirmed

),

recommendations as (

    select * from {{ ref('int_customer_recommendations') }}

)

select
    members.segment_key,
    members.customer_id,
    members.as_of,
    contacts.email,
    contacts.sha256_email,
    case when contacts.is_sms_confirmed then contacts.phone_e164 end as phone_e164,
    contacts.first_name,
    contacts.last_name,
    customers.country_code,
    customers.language,
    customers.rfm_segment,
    customers.value_tier,
    customers.p_alive,
    customers.last_order_date,
    customers.top_category,
    recommendations.product_id as recommended_product_id,
    recommendations.product_name as recommended_product,
    segments.coupon_code,
    md5_number_lower(members.segment_key || ':' || members.customer_id) % 10000
    < {{ var('audience_holdout_share') }} * 10000 as is_holdout
from members
inner join customers
    on members.customer_id = customers.customer_id
inner join contacts
    on members.customer_id = contacts.customer_id
inner join segments
    on members.segment_key = segments.segment_key
left join recommendations
    on members.customer_id = recommendations.customer_id
