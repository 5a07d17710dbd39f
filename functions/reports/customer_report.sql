with

customers as (

    select * from {{ ref('dim_customers') }}

),

daily_kpis as (

    select * from {{ ref('fct_kpis_daily') }}

),

period_sums as (

    select *
    from {{ function('period_customers') }}(start_date, end_date, of_periods := 'current')
    where not is_anonymous

),

-- The shop's, with what nobody in particular bought.
all_sums as (

    select cast(sum(daily_kpis.net_revenue) as decimal(18, 4)) as shop_net_revenue
    from daily_kpis

),

ranks as (

    select
        period_sums.customer_id,
        rank() over (order by period_sums.net_revenue desc) as period_rank
    from period_sums
    where period_sums.is_active

)

select
    customers.customer_id,
    customers.identity_reliable,
    customers.is_guest,
    customers.created_date,
    customers.country_code,
    customers.region_id,
    customers.city,
    customers.language,
    customers.email_consent,
    customers.sms_consent,
    customers.accepts_marketing,
    customers.is_suppressed,
    customers.is_mailable,
    customers.loyalty_tier,
    customers.loyalty_joined_date,
    customers.acquisition_channel,
    customers.first_order_id,
    customers.first_order_date,
    customers.last_order_date,
    customers.cohort_month,
    customers.first_store_id,
    customers.first_channel,
    customers.first_country_code,
    customers.orders,
    customers.purchase_days,
    customers.cancelled_orders,
    customers.zero_value_orders,
    customers.fully_refunded_orders,
    customers.refunds,
    customers.units,
    customers.refunded_units,
    customers.gross_revenue,
    customers.discount_amount,
    customers.refund_amount,
    customers.refund_without_order_amount,
    customers.refund_of_invalid_amount,
    customers.net_revenue,
    customers.historic_ltv,
    customers.net_revenue_order_basis,
    customers.aov,
    customers.total_sales,
    customers.contribution,
    customers.has_cost,
    customers.recency_days,
    customers.tenure_days,
    customers.median_gap_days,
    customers.lapsed_date,
    customers.is_lapsed,
    customers.r,
    customers.f,
    customers.m,
    customers.fm,
    customers.rfm_segment,
    customers.value_tier,
    customers.payment_type,
    customers.buying_archetype,
    customers.orders_per_year,
    customers.p25_gap_days,
    customers.p75_gap_days,
    customers.discounted_orders,
    customers.coupon_orders,
    customers.promotion_orders,
    customers.markdown_orders,
    customers.discounted_order_share,
    customers.full_price_share,
    customers.discount_rate,
    customers.discount_class,
    customers.is_serial_returner,
    customers.trailing_365_net_revenue,
    customers.trailing_365_contribution,
    customers.top_category,
    customers.brands_bought,
    customers.brand_hhi,
    customers.p_alive,
    customers.expected_orders_90d,
    customers.predicted_clv_12m,
    customers.predicted_clv_24m,
    customers.headroom,
    customers.last_visit_date,
    customers.visits_30d,
    customers.visits_90d,
    customers.sessions_to_purchase,
    customers.mails_90d,
    customers.mail_clicks_90d,
    {{ ratio('customers.refund_amount', 'customers.gross_revenue') }} as refund_rate,
    all_sums.shop_net_revenue,
    {{ ratio('customers.net_revenue', 'all_sums.shop_net_revenue') }} as share_of_shop,
    coalesce(period_sums.orders, 0) as period_orders,
    coalesce(period_sums.gross_revenue, 0) as period_gross_revenue,
    coalesce(period_sums.discount_amount, 0) as period_discount_amount,
    coalesce(period_sums.refunds, 0) as period_refunds,
    coalesce(period_sums.refund_amount, 0) as period_refund_amount,
    coalesce(period_sums.net_revenue, 0) as period_net_revenue,
    coalesce(period_sums.total_sales, 0) as period_total_sales,
    ranks.period_rank
from customers
cross join all_sums
left join period_sums
    on customers.customer_id = period_sums.customer_id
left join ranks
    on customers.customer_id = ranks.customer_id
where customers.customer_id = trim(cast(customer_id as varchar))
