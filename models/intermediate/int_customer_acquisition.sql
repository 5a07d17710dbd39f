with

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

source_customers as (

    select * from {{ ref('stg_customers') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

attribution as (

    select *
    from {{ ref('int_order_attribution') }}
    where model = '{{ one_of('attribution_model', var('attribution_model'), ['first', 'last', 'last_non_direct', 'linear']) }}'

),

touches as (

    select * from {{ ref('int_touches') }}

),

channels as (

    select * from {{ ref('marketing_channels') }}

),

items as (

    select * from {{ ref('fct_order_items') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

-- Of a person's accounts the first that knows a value gives it. Nobody brings oneself, and who is
-- not known brings nobody.
declared as (

    select
        accounts.customer_id,
        arg_min(nullif(lower(trim(source_customers.acquisition_channel)), ''), accounts.priority)
            filter (where nullif(trim(source_customers.acquisition_channel), '') is not null)
            as acquisition_channel,
        arg_min(referrers.customer_id, accounts.priority)
            filter (where referrers.customer_id <> accounts.customer_id)
            as referrer_customer_id
    from accounts
    inner join source_customers
        on accounts.source_customer_id = source_customers.customer_id
    left join identities as referrers
        on source_customers.referrer_customer_id = referrers.source_customer_id
    group by accounts.customer_id

),

-- A first order shared by several visits goes to the one with the latest touch.
attributed as (

    select
        order_id,
        marketing_channel,
        campaign_id,
        session_id
    from attribution
    qualify row_number() over (partition by order_id order by touch_number desc) = 1

),

-- The dearest product of the first order; of equals the first by id.
first_products as (

    select
        items.order_id,
        items.product_id
    from items
    inner join first_orders
        on items.order_id = first_orders.order_id
    where not items.is_gift
    qualify row_number() over (
        partition by items.order_id
        order by items.gross_revenue desc, items.product_id nulls last, items.line_no
    ) = 1

)

select
    first_orders.customer_id,
    first_orders.order_id as first_order_id,
    first_orders.first_order_date,
    first_orders.cohort_month,
    coalesce(
        {% if one_of('acquisition_channel', var('acquisition_channel'), ['declared', 'attributed']) == 'declared' %}
        declared_channels.marketing_channel,
        declared.acquisition_channel,
        {% endif %}
        case when declared.referrer_customer_id is not null then 'referral' end,
        nullif(attributed.marketing_channel, '(unattributed)'),
        {% if var('acquisition_channel') == 'attributed' %}
        declared_channels.marketing_channel,
        declared.acquisition_channel,
        {% endif %}
        '(unattributed)'
    ) as marketing_channel,
    attributed.campaign_id,
    coalesce(touches.device, '(unknown)') as device,
    coalesce(first_orders.region_id, '(unknown)') as region_id,
    first_orders.country_code,
    coalesce(first_products.product_id, '(unknown)') as first_product_id,
    first_orders.category as first_category,
    declared.referrer_customer_id,
    declared.referrer_customer_id is not null as is_referred,
    orders.gross_revenue as first_order_gross_revenue,
    orders.revenue_before_refunds as first_order_revenue
from first_orders
inner join orders
    on first_orders.order_id = orders.order_id
left join declared
    on first_orders.customer_id = declared.customer_id
left join channels as declared_channels
    on declared.acquisition_channel = declared_channels.medium
left join attributed
    on first_orders.order_id = attributed.order_id
left join touches
    on attributed.session_id = touches.session_id
left join first_products
    on first_orders.order_id = first_products.order_id
