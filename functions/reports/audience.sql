{#- channel is the one that is written by, not the one that was bought in. -#}
{% set asks = asks_for_anything() | replace('(channel)', '(null)') -%}
with

members as (

    select * from {{ function('audience_members') }}(key := key)

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters('channel') }}
    )

),

excluded as (

    select customer_products.customer_id
    from {{ ref('fct_customer_products') }} as customer_products
    where
        {{ function('is_given') }}(not_bought)
        and customer_products.units_net > 0
        and (
            {{ function('is_any_of') }}(customer_products.product_id, not_bought)
            or {{ function('is_any_of') }}(customer_products.parent_product_id, not_bought)
        )
    group by customer_products.customer_id

),

customers as (

    select * from {{ ref('dim_customers') }}

),

segments as (

    select * from {{ ref('dim_segments') }}

),

recommendations as (

    select * from {{ ref('int_customer_recommendations') }}

),

-- One segment has one code; a choice of several has none.
coupons as (

    select max(segments.coupon_code) as coupon_code
    from segments
    where segments.segment_key = trim(cast(key as varchar))

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select
        any_value(
            case {{ function('as_choice') }}(channel, 'email')
                when 'email' then 'email'
                when 'sms' then 'sms'
                else error('channel is none of: email, sms')
            end
        ) as channel,
        any_value(
            coalesce(cast(nullif(trim(cast(consent_only as varchar)), '') as boolean), true)
        ) as consent_only

),

listed_customers as (

    select
        customers.*,
        choices.consent_only,
        case choices.channel
            when 'email' then customers.is_mailable
            when 'sms'
                then coalesce(customers.sms_consent = 'confirmed', false) and not customers.is_suppressed
        end as is_contactable
    from members
    cross join choices
    inner join customers
        on members.customer_id = customers.customer_id
    left join excluded
        on members.customer_id = excluded.customer_id
    left join chosen
        on members.customer_id = chosen.customer_id
    where
        excluded.customer_id is null
        and (not {{ asks }} or chosen.customer_id is not null)

)

select
    listed_customers.customer_id,
    listed_customers.is_contactable,
    listed_customers.country_code,
    listed_customers.city,
    listed_customers.language,
    listed_customers.rfm_segment,
    listed_customers.value_tier,
    listed_customers.loyalty_tier,
    listed_customers.orders,
    listed_customers.net_revenue,
    listed_customers.first_order_date,
    listed_customers.last_order_date,
    listed_customers.p_alive,
    listed_customers.top_category,
    recommendations.product_id as recommended_product_id,
    recommendations.product_name as recommended_product,
    coupons.coupon_code,
    md5_number_lower(coalesce(trim(cast(key as varchar)), '') || ':' || listed_customers.customer_id)
    % 10000 < {{ var('audience_holdout_share') }} * 10000 as is_holdout
from listed_customers
cross join coupons
left join recommendations
    on listed_customers.customer_id = recommendations.customer_id
where listed_customers.is_contactable or not listed_customers.consent_only
order by listed_customers.net_revenue desc, listed_customers.customer_id
