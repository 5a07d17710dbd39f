with

totals as (

    select * from {{ ref('int_customer_totals') }}

),

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

order_discounts as (

    select * from {{ ref('int_order_discounts') }}

),

discount_classes as (

    select * from {{ ref('discount_classes') }}

),

value_tiers as (

    select * from {{ ref('value_tiers') }}

),

customer_categories as (

    select * from {{ ref('fct_customer_categories') }}

),

customer_products as (

    select * from {{ ref('fct_customer_products') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

predictions as (

    select * from {{ ref('fct_customer_clv') }}

),

payment_types as (

    select * from {{ ref('int_customer_payment_types') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

people as (

    select customer_id from totals
    union
    select customer_id from payment_types

),

-- A first year is taken as whole, so that two orders in a week are not a hundred a year.
paces as (

    select
        totals.customer_id,
        totals.orders,
        totals.orders * 365 / greatest(as_of.as_of - totals.first_order_date, 365)
            as orders_per_year,
        {{ ratio('totals.net_revenue_order_basis', 'totals.orders') }} as aov
    from totals
    cross join as_of
    where totals.orders > 0

),

middle_pace as (

    select
        median(orders_per_year) as orders_per_year,
        median(aov) as aov
    from paces
    where orders > 1

),

archetypes as (

    select
        paces.customer_id,
        paces.orders_per_year,
        case
            when paces.orders < 2 then 'single_order'
            else
                case when paces.orders_per_year >= middle_pace.orders_per_year then 'often' else 'rare' end
                || '_'
                || case when paces.aov >= middle_pace.aov then 'expensive' else 'cheap' end
        end as buying_archetype
    from paces
    cross join middle_pace

),

gaps as (

    select
        customer_id,
        quantile_cont(gap_days, 0.25) as p25_gap_days,
        quantile_cont(gap_days, 0.75) as p75_gap_days
    from purchase_days
    where gap_days is not null
    group by customer_id

),

discount_sums as (

    select
        customer_id,
        count(*) as orders,
        count(*) filter (where is_discounted) as discounted_orders,
        count(*) filter (where has_coupon) as coupon_orders,
        count(*) filter (where has_automatic) as promotion_orders,
        count(*) filter (where has_markdown) as markdown_orders
    from order_discounts
    group by customer_id

),

classified_discounts as (

    select
        discount_sums.*,
        discount_classes.discount_class
    from discount_sums
    left join discount_classes
        on {{ fits_discount_class('discount_sums', 'discount_classes') }}
    qualify row_number() over (
        partition by discount_sums.customer_id order by discount_classes.sort
    ) = 1

),

trailing_rows as (

    select
        orders.customer_id,
        orders.identity_reliable,
        orders.revenue_before_refunds as net_revenue,
        orders.contribution_before_refunds as contribution
    from orders
    cross join as_of
    where
        orders.is_valid
        and orders.customer_id is not null
        and orders.order_date >= as_of.as_of - 365
    union all
    select
        refunds.customer_id,
        refunds.identity_reliable,
        -refunds.refund_amount as net_revenue,
        refunds.contribution
    from refunds
    cross join as_of
    where
        refunds.is_counted
        and refunds.customer_id is not null
        and refunds.refund_date >= as_of.as_of - 365

),

trailing_sums as (

    select
        customer_id,
        bool_and(identity_reliable) as identity_reliable,
        sum(net_revenue) as net_revenue,
        case when count(contribution) = count(*) then sum(contribution) end as contribution
    from trailing_rows
    group by customer_id

),

-- Equal amounts have equal ranks, and so one tier. A key that was made for one order is no rival.
ranked_customers as (

    select
        customer_id,
        net_revenue,
        rank() over (order by {{ var('value_tier_measure') }} desc) - 1 as better_customers,
        count(*) over () as customers
    from trailing_sums
    where
        {{ one_of('value_tier_measure', var('value_tier_measure'), ['net_revenue', 'contribution']) }} > 0
        and identity_reliable

),

tiers as (

    select
        ranked_customers.customer_id,
        ranked_customers.net_revenue,
        value_tiers.value_tier
    from ranked_customers
    left join value_tiers
        on
            ranked_customers.better_customers
            >= value_tiers.share_from * ranked_customers.customers
            and ranked_customers.better_customers
            < value_tiers.share_to * ranked_customers.customers

),

tier_peers as (

    select
        value_tier,
        quantile_cont(net_revenue, 0.75) as p75_net_revenue
    from tiers
    group by value_tier

),

-- Of the categories bought twice or more the one preferred most.
top_categories as (

    select
        customer_id,
        category
    from customer_categories
    where orders >= 2 and category <> '(unknown)'
    qualify row_number() over (
        partition by customer_id
        order by affinity_index desc, net_revenue_order_basis desc, category
    ) = 1

),

brand_sums as (

    select
        customer_products.customer_id,
        products.vendor,
        cast(sum(customer_products.net_revenue_order_basis) as decimal(18, 4)) as net_revenue
    from customer_products
    inner join products
        on customer_products.product_id = products.product_id
    where products.vendor is not null and customer_products.net_revenue_order_basis > 0
    group by customer_products.customer_id, products.vendor

),

-- Summed as decimals: the order does not matter, and to keep one took gigabytes for a million customers.
brands as (

    select
        customer_id,
        count(*) as brands_bought,
        cast(sum(net_revenue * net_revenue) as double)
        / cast(cast(sum(net_revenue) as decimal(18, 4)) * cast(sum(net_revenue) as decimal(18, 4)) as double)
            as brand_hhi
    from brand_sums
    group by customer_id

)

select
    people.customer_id,
    coalesce(payment_types.payment_type, 'none') as payment_type,
    archetypes.orders_per_year,
    archetypes.buying_archetype,
    gaps.p25_gap_days,
    gaps.p75_gap_days,
    coalesce(classified_discounts.discounted_orders, 0) as discounted_orders,
    coalesce(classified_discounts.coupon_orders, 0) as coupon_orders,
    coalesce(classified_discounts.promotion_orders, 0) as promotion_orders,
    coalesce(classified_discounts.markdown_orders, 0) as markdown_orders,
    {{ ratio('classified_discounts.discounted_orders', 'classified_discounts.orders') }}
        as discounted_order_share,
    {{ ratio(
        '(classified_discounts.orders - classified_discounts.discounted_orders)',
        'classified_discounts.orders'
    ) }} as full_price_share,
    {{ ratio('totals.discount_amount', 'totals.gross_revenue') }} as discount_rate,
    classified_discounts.discount_class,
    coalesce(totals.orders >= 3 and totals.refund_amount * 2 > totals.gross_revenue, false)
        as is_serial_returner,
    cast(coalesce(trailing_sums.net_revenue, 0) as decimal(18, 4)) as trailing_365_net_revenue,
    cast(trailing_sums.contribution as decimal(18, 4)) as trailing_365_contribution,
    coalesce(tiers.value_tier, 'none') as value_tier,
    top_categories.category as top_category,
    coalesce(brands.brands_bought, 0) as brands_bought,
    brands.brand_hhi,
    predictions.p_alive,
    predictions.expected_orders_90d,
    predictions.predicted_clv_12m,
    predictions.predicted_clv_24m,
    case
        when tiers.value_tier is not null
            then
                cast(
                    greatest(tier_peers.p75_net_revenue - tiers.net_revenue, 0)
                    * predictions.p_alive as decimal(18, 4)
                )
    end as headroom
from people
left join totals
    on people.customer_id = totals.customer_id
left join payment_types
    on people.customer_id = payment_types.customer_id
left join archetypes
    on people.customer_id = archetypes.customer_id
left join gaps
    on people.customer_id = gaps.customer_id
left join classified_discounts
    on people.customer_id = classified_discounts.customer_id
left join trailing_sums
    on people.customer_id = trailing_sums.customer_id
left join tiers
    on people.customer_id = tiers.customer_id
left join tier_peers
    on tiers.value_tier = tier_peers.value_tier
left join top_categories
    on people.customer_id = top_categories.customer_id
left join brands
    on people.customer_id = brands.customer_id
left join predictions
    on people.customer_id = predictions.customer_id
