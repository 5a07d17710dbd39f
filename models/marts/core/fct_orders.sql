with

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

items as (

    select * from {{ ref('fct_order_items') }}

),

refunds as (

    select * from {{ ref('int_refunds_dated') }}

),

discount_kinds as (

    select * from {{ ref('int_order_discount_kinds') }}

),

item_totals as (

    select
        order_id,
        count(*) as order_lines,
        cast(sum(case when is_gift_card then 0 else quantity end) as decimal(18, 4)) as units,
        cast(sum(booked_amount) as decimal(18, 4)) as booked_amount,
        cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(coupon_discount_amount) as decimal(18, 4)) as coupon_discount_amount,
        cast(sum(markdown_amount) as decimal(18, 4)) as markdown_amount,
        cast(sum(revenue_before_refunds) as decimal(18, 4)) as revenue_before_refunds,
        cast(sum(gift_card_amount) as decimal(18, 4)) as gift_card_amount,
        case when bool_and(has_cost) then cast(sum(cogs) as decimal(18, 4)) end as cogs
    from items
    group by order_id

),

refund_totals as (

    select
        order_id,
        max(refund_date) as last_refund_date,
        cast(sum(case when is_gift_card then 0 else quantity end) as decimal(18, 4))
            as refunded_units,
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(shipping_amount) as decimal(18, 4)) as shipping_amount,
        cast(sum(tax_amount) as decimal(18, 4)) as tax_amount,
        case
            when count(restocked_cost) = count(*) then cast(sum(restocked_cost) as decimal(18, 4))
        end as restocked_cost
    from refunds
    where has_order
    group by order_id

),

-- An order that is not valid shows no money of its own, only what was booked and given back.
counted_orders as (

    select
        orders.*,
        coalesce(item_totals.order_lines, 0) as order_lines,
        case when orders.is_valid then coalesce(item_totals.units, 0) else 0 end as units,
        coalesce(item_totals.booked_amount, 0) as booked_amount,
        coalesce(item_totals.gross_revenue, 0) as gross_revenue,
        coalesce(item_totals.discount_amount, 0) as discount_amount,
        coalesce(item_totals.coupon_discount_amount, 0) as coupon_discount_amount,
        coalesce(item_totals.markdown_amount, 0) as markdown_amount,
        discount_kinds.coupon_codes,
        coalesce(item_totals.revenue_before_refunds, 0) as revenue_before_refunds,
        coalesce(item_totals.gift_card_amount, 0) as gift_card_amount,
        case when orders.is_valid then orders.shipping_amount else 0 end as counted_shipping_amount,
        case when orders.is_valid then orders.tax_amount else 0 end as counted_tax_amount,
        case when orders.is_valid then item_totals.cogs else 0 end as cogs,
        item_totals.cogs is not null as has_cost,
        case when orders.is_valid then orders.payment_fee_amount else 0 end
            as counted_payment_fee_amount,
        case when orders.is_valid then orders.fulfilment_cost else 0 end as counted_fulfilment_cost,
        refund_totals.order_id is not null as has_refund,
        refund_totals.last_refund_date,
        case when orders.is_valid then coalesce(refund_totals.refunded_units, 0) else 0 end
            as refunded_units,
        case when orders.is_valid then coalesce(refund_totals.amount, 0) else 0 end
            as refund_amount,
        case when orders.is_valid then 0 else coalesce(refund_totals.amount, 0) end
            as refund_of_invalid_amount,
        case when orders.is_valid then coalesce(refund_totals.shipping_amount, 0) else 0 end
            as refunded_shipping_amount,
        case when orders.is_valid then coalesce(refund_totals.tax_amount, 0) else 0 end
            as refunded_tax_amount,
        case
            when orders.is_valid and refund_totals.order_id is not null
                then refund_totals.restocked_cost
            else 0
        end as restocked_cost
    from orders
    left join item_totals
        on orders.order_id = item_totals.order_id
    left join refund_totals
        on orders.order_id = refund_totals.order_id
    left join discount_kinds
        on orders.order_id = discount_kinds.order_id

)

select
    order_id,
    source,
    store_id,
    channel,
    country_code,
    region_id,
    shipping_country_code,
    shipping_city,
    customer_id,
    is_anonymous,
    identity_reliable,
    ordered_at,
    order_date,
    cast(hour({{ local_time('ordered_at') }}) as integer) as order_hour,
    status,
    order_class,
    is_trial,
    is_zero_value,
    is_valid,
    order_number,
    is_new,
    currency,
    fx_rate,
    order_lines,
    units,
    refunded_units,
    booked_amount,
    gross_revenue,
    discount_amount,
    case
        when discount_amount = 0 then 'none'
        when coupon_discount_amount = 0 then 'automatic'
        when coupon_discount_amount = discount_amount then 'coupon'
        else 'both'
    end as discount_type,
    coupon_discount_amount,
    cast(discount_amount - coupon_discount_amount as decimal(18, 4)) as automatic_discount_amount,
    markdown_amount,
    coupon_codes,
    revenue_before_refunds,
    refund_amount as refund_amount_order_basis,
    cast(revenue_before_refunds - refund_amount as decimal(18, 4)) as net_revenue_order_basis,
    refund_of_invalid_amount,
    gift_card_amount,
    counted_shipping_amount as shipping_amount,
    refunded_shipping_amount,
    counted_tax_amount as tax_amount,
    refunded_tax_amount,
    cast(
        revenue_before_refunds - refund_amount
        + counted_shipping_amount - refunded_shipping_amount
        + counted_tax_amount - refunded_tax_amount as decimal(18, 4)
    ) as total_sales_order_basis,
    cogs,
    restocked_cost,
    counted_payment_fee_amount as payment_fee_amount,
    counted_fulfilment_cost as fulfilment_cost,
    has_cost,
    cast(
        revenue_before_refunds + counted_shipping_amount - cogs
        - counted_payment_fee_amount - counted_fulfilment_cost as decimal(18, 4)
    ) as contribution_before_refunds,
    cast(
        revenue_before_refunds - refund_amount + counted_shipping_amount - refunded_shipping_amount
        - cogs + restocked_cost
        - counted_payment_fee_amount - counted_fulfilment_cost as decimal(18, 4)
    ) as contribution_order_basis,
    has_refund,
    last_refund_date,
    is_valid and has_refund and refund_amount >= revenue_before_refunds as is_fully_refunded
from counted_orders
