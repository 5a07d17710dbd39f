with

orders as (

    select * from {{ ref('stg_orders') }}

),

classified_orders as (

    select * from {{ ref('int_orders_classified') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

rates as (

    select * from {{ ref('int_fx_rates') }}

),

payments as (

    select * from {{ ref('stg_payments') }}

),

channels as (

    select * from {{ ref('channel_map') }}

),

regions as (

    select * from {{ ref('int_named_regions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A test order is not the shop's: it ends here.
seen_orders as (

    select classified_orders.*
    from classified_orders
    cross join as_of
    where
        classified_orders.order_date < as_of.as_of
        and classified_orders.order_class <> 'test'

),

identified_orders as (

    select
        seen_orders.*,
        orders.source,
        orders.store_id,
        orders.status,
        orders.channel_id,
        regions.region_id,
        orders.billing_country_code,
        orders.shipping_country_code,
        orders.shipping_city,
        orders.fulfilment_cost,
        orders.is_trial,
        identities.customer_id,
        identities.customer_id is not null and coalesce(identities.identity_reliable, true)
            as identity_reliable,
        channels.channel,
        rates.rate as fx_rate
    from seen_orders
    inner join orders
        on seen_orders.order_id = orders.order_id
    left join identities
        on orders.customer_id = identities.source_customer_id
    left join channels
        on lower(trim(orders.channel_id)) = channels.channel_id
    left join regions
        on
            orders.region_id = regions.named_region
            and coalesce(
                orders.shipping_country_code, orders.billing_country_code, '(unknown)'
            ) = regions.country_code
            and (orders.shipping_country_code is not null) = regions.is_shipping_country
    left join rates
        on
            seen_orders.currency = rates.currency
            and seen_orders.order_date = rates.rate_date

),

numbered_orders as (

    select
        order_id,
        row_number() over (partition by customer_id order by ordered_at, order_id) as order_number
    from identified_orders
    where is_valid and customer_id is not null

),

payment_fees as (

    select
        seen_orders.order_id,
        sum({{ at_rate('payments.fee_amount', 'rates.rate') }}) as payment_fee_amount
    from payments
    inner join seen_orders
        on payments.order_id = seen_orders.order_id
    left join rates
        on
            coalesce(payments.currency, seen_orders.currency) = rates.currency
            and seen_orders.order_date = rates.rate_date
    where payments.fee_amount <> 0
    group by seen_orders.order_id

)

select
    identified_orders.order_id,
    identified_orders.source,
    identified_orders.store_id,
    coalesce(identified_orders.channel, identified_orders.channel_id, '(unknown)') as channel,
    coalesce(
        identified_orders.billing_country_code,
        identified_orders.shipping_country_code,
        '(unknown)'
    ) as country_code,
    coalesce(identified_orders.region_id, '(unknown)') as region_id,
    identified_orders.shipping_country_code,
    identified_orders.shipping_city,
    identified_orders.customer_id,
    identified_orders.customer_id is null as is_anonymous,
    identified_orders.identity_reliable,
    identified_orders.ordered_at,
    identified_orders.order_date,
    identified_orders.status,
    identified_orders.order_class,
    identified_orders.is_trial,
    identified_orders.is_zero_value,
    identified_orders.is_valid,
    numbered_orders.order_number,
    coalesce(numbered_orders.order_number = 1, false) as is_new,
    identified_orders.currency,
    identified_orders.fx_rate,
    {{ at_rate('identified_orders.shipping_amount', 'identified_orders.fx_rate') }}
        as shipping_amount,
    {{ at_rate('identified_orders.tax_amount', 'identified_orders.fx_rate') }} as tax_amount,
    {{ at_rate('identified_orders.fulfilment_cost', 'identified_orders.fx_rate') }}
        as fulfilment_cost,
    cast(coalesce(payment_fees.payment_fee_amount, 0) as decimal(18, 4)) as payment_fee_amount
from identified_orders
left join numbered_orders
    on identified_orders.order_id = numbered_orders.order_id
left join payment_fees
    on identified_orders.order_id = payment_fees.order_id
