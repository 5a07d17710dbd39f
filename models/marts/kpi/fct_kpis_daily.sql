with

orders as (

    select * from {{ ref('fct_orders') }}

),

refund_items as (

    select * from {{ ref('fct_refund_items') }}

),

order_sums as (

    select
        order_date as date,
        store_id,
        channel,
        country_code,
        count(*) filter (where is_valid) as orders,
        count(*) filter (where is_valid and is_anonymous) as anonymous_orders,
        count(*) filter (where is_new) as new_customers,
        count(*) filter (where order_class = 'cancelled') as cancelled_orders,
        count(*) filter (where order_class = 'valid' and is_zero_value) as zero_value_orders,
        count(*) filter (where is_valid and has_refund) as refunded_orders,
        sum(units) as units,
        coalesce(sum(units) filter (where is_anonymous), 0) as anonymous_units,
        sum(refunded_units) as refunded_units_order_basis,
        sum(gross_revenue) as gross_revenue,
        coalesce(sum(gross_revenue) filter (where is_anonymous), 0) as anonymous_gross_revenue,
        coalesce(sum(gross_revenue) filter (where is_new), 0) as first_order_gross_revenue,
        sum(discount_amount) as discount_amount,
        coalesce(sum(discount_amount) filter (where is_anonymous), 0) as anonymous_discount_amount,
        sum(refund_amount_order_basis) as refund_amount_order_basis,
        sum(net_revenue_order_basis) as net_revenue_order_basis,
        sum(gift_card_amount) as gift_card_amount,
        sum(shipping_amount) as shipping_amount,
        sum(tax_amount) as tax_amount,
        sum(cogs) as cogs,
        sum(contribution_before_refunds) filter (where is_valid) as contribution,
        coalesce(sum(contribution_before_refunds) filter (where is_anonymous), 0)
            as anonymous_contribution,
        coalesce(sum(revenue_before_refunds) filter (where has_cost), 0) as costed_revenue,
        sum(revenue_before_refunds) as revenue_before_refunds
    from orders
    group by order_date, store_id, channel, country_code

),

refund_sums as (

    select
        refund_date as date,
        store_id,
        channel,
        country_code,
        count(distinct refund_id) filter (where is_counted) as refunds,
        count(distinct refund_id) filter (where is_counted and is_anonymous) as anonymous_refunds,
        sum(refund_amount) as refund_amount,
        coalesce(sum(refund_amount) filter (where is_anonymous), 0) as anonymous_refund_amount,
        sum(refund_without_order_amount) as refund_without_order_amount,
        sum(refund_of_invalid_amount) as refund_of_invalid_amount,
        sum(refunded_gift_card_amount) as gift_card_amount,
        sum(refunded_shipping_amount) as shipping_amount,
        sum(refunded_tax_amount) as tax_amount,
        sum(fx_gain_loss) as fx_gain_loss,
        sum(restocked_cost) as restocked_cost,
        sum(contribution) filter (where is_counted) as contribution,
        coalesce(sum(contribution) filter (where is_anonymous), 0) as anonymous_contribution
    from refund_items
    group by refund_date, store_id, channel, country_code

),

joined_sums as (

    select
        coalesce(order_sums.date, refund_sums.date) as date,
        coalesce(order_sums.store_id, refund_sums.store_id) as store_id,
        coalesce(order_sums.channel, refund_sums.channel) as channel,
        coalesce(order_sums.country_code, refund_sums.country_code) as country_code,
        coalesce(order_sums.orders, 0) as orders,
        coalesce(order_sums.anonymous_orders, 0) as anonymous_orders,
        coalesce(order_sums.new_customers, 0) as new_customers,
        coalesce(order_sums.cancelled_orders, 0) as cancelled_orders,
        coalesce(order_sums.zero_value_orders, 0) as zero_value_orders,
        coalesce(order_sums.refunded_orders, 0) as refunded_orders,
        coalesce(refund_sums.refunds, 0) as refunds,
        coalesce(refund_sums.anonymous_refunds, 0) as anonymous_refunds,
        coalesce(order_sums.units, 0) as units,
        coalesce(order_sums.anonymous_units, 0) as anonymous_units,
        coalesce(order_sums.refunded_units_order_basis, 0) as refunded_units_order_basis,
        coalesce(order_sums.gross_revenue, 0) as gross_revenue,
        coalesce(order_sums.anonymous_gross_revenue, 0) as anonymous_gross_revenue,
        coalesce(order_sums.first_order_gross_revenue, 0) as first_order_gross_revenue,
        coalesce(order_sums.discount_amount, 0) as discount_amount,
        coalesce(order_sums.anonymous_discount_amount, 0) as anonymous_discount_amount,
        coalesce(refund_sums.refund_amount, 0) as refund_amount,
        coalesce(refund_sums.anonymous_refund_amount, 0) as anonymous_refund_amount,
        coalesce(refund_sums.refund_without_order_amount, 0) as refund_without_order_amount,
        coalesce(refund_sums.refund_of_invalid_amount, 0) as refund_of_invalid_amount,
        coalesce(order_sums.refund_amount_order_basis, 0) as refund_amount_order_basis,
        coalesce(order_sums.net_revenue_order_basis, 0) as net_revenue_order_basis,
        coalesce(order_sums.gift_card_amount, 0) - coalesce(refund_sums.gift_card_amount, 0)
            as gift_card_amount,
        coalesce(order_sums.shipping_amount, 0) - coalesce(refund_sums.shipping_amount, 0)
            as shipping_amount,
        coalesce(order_sums.tax_amount, 0) - coalesce(refund_sums.tax_amount, 0) as tax_amount,
        coalesce(refund_sums.fx_gain_loss, 0) as fx_gain_loss,
        coalesce(order_sums.revenue_before_refunds, 0) as revenue_before_refunds,
        coalesce(order_sums.costed_revenue, 0) as costed_revenue,
        coalesce(order_sums.cogs, 0) - coalesce(refund_sums.restocked_cost, 0) as cogs,
        coalesce(
            order_sums.contribution + refund_sums.contribution,
            order_sums.contribution,
            refund_sums.contribution
        ) as contribution,
        coalesce(order_sums.anonymous_contribution, 0)
        + coalesce(refund_sums.anonymous_contribution, 0) as anonymous_contribution
    from order_sums
    full join refund_sums
        on
            order_sums.date = refund_sums.date
            and order_sums.store_id = refund_sums.store_id
            and order_sums.channel = refund_sums.channel
            and order_sums.country_code = refund_sums.country_code

)

select
    date,
    store_id,
    channel,
    country_code,
    orders,
    anonymous_orders,
    new_customers,
    cancelled_orders,
    zero_value_orders,
    refunded_orders,
    refunds,
    anonymous_refunds,
    cast(units as decimal(18, 4)) as units,
    cast(anonymous_units as decimal(18, 4)) as anonymous_units,
    cast(refunded_units_order_basis as decimal(18, 4)) as refunded_units_order_basis,
    cast(gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(anonymous_gross_revenue as decimal(18, 4)) as anonymous_gross_revenue,
    cast(first_order_gross_revenue as decimal(18, 4)) as first_order_gross_revenue,
    cast(discount_amount as decimal(18, 4)) as discount_amount,
    cast(anonymous_discount_amount as decimal(18, 4)) as anonymous_discount_amount,
    cast(refund_amount as decimal(18, 4)) as refund_amount,
    cast(anonymous_refund_amount as decimal(18, 4)) as anonymous_refund_amount,
    cast(refund_without_order_amount as decimal(18, 4)) as refund_without_order_amount,
    cast(refund_of_invalid_amount as decimal(18, 4)) as refund_of_invalid_amount,
    cast(gross_revenue - discount_amount - refund_amount as decimal(18, 4)) as net_revenue,
    cast(
        anonymous_gross_revenue - anonymous_discount_amount - anonymous_refund_amount
        as decimal(18, 4)
    ) as anonymous_net_revenue,
    cast(refund_amount_order_basis as decimal(18, 4)) as refund_amount_order_basis,
    cast(net_revenue_order_basis as decimal(18, 4)) as net_revenue_order_basis,
    cast(gift_card_amount as decimal(18, 4)) as gift_card_amount,
    cast(shipping_amount as decimal(18, 4)) as shipping_amount,
    cast(tax_amount as decimal(18, 4)) as tax_amount,
    cast(
        gross_revenue - discount_amount - refund_amount + shipping_amount + tax_amount
        as decimal(18, 4)
    ) as total_sales,
    cast(fx_gain_loss as decimal(18, 4)) as fx_gain_loss,
    cast(revenue_before_refunds as decimal(18, 4)) as revenue_before_refunds,
    cast(costed_revenue as decimal(18, 4)) as costed_revenue,
    cast(cogs as decimal(18, 4)) as cogs,
    cast(contribution as decimal(18, 4)) as contribution,
    cast(anonymous_contribution as decimal(18, 4)) as anonymous_contribution
from joined_sums
