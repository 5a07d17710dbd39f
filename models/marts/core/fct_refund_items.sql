with

refunds as (

    select * from {{ ref('int_refunds_dated') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

shop as (

    select coalesce(bool_or(is_valid and has_cost), false) as has_cost
    from orders

),

-- A refund without an order costs its money, in a shop that knows its costs at all.
costed_refunds as (

    select
        refunds.*,
        refunds.restocked_cost is not null
        and case when refunds.has_order then orders.has_cost else shop.has_cost end as has_cost
    from refunds
    cross join shop
    left join orders
        on refunds.order_id = orders.order_id

)

select
    refund_item_id,
    refund_id,
    line_no,
    has_order,
    order_id,
    order_item_id,
    customer_id,
    is_anonymous,
    identity_reliable,
    store_id,
    channel,
    country_code,
    region_id,
    product_id,
    reason,
    refunded_at,
    refund_date,
    cast(hour({{ local_time('refunded_at') }}) as integer) as refund_hour,
    order_date,
    is_date_estimated,
    is_counted,
    currency,
    fx_rate,
    quantity,
    restocked_quantity,
    is_gift_card,
    amount as booked_amount,
    cast(case when is_counted then amount else 0 end as decimal(18, 4)) as refund_amount,
    cast(case when is_counted then 0 else amount end as decimal(18, 4)) as refund_of_invalid_amount,
    cast(
        case when has_order then 0 else amount end as decimal(18, 4)
    ) as refund_without_order_amount,
    cast(
        case when is_counted then gift_card_amount else 0 end as decimal(18, 4)
    ) as refunded_gift_card_amount,
    cast(
        case when is_counted then shipping_amount else 0 end as decimal(18, 4)
    ) as refunded_shipping_amount,
    cast(case when is_counted then tax_amount else 0 end as decimal(18, 4)) as refunded_tax_amount,
    cast(case when is_counted then fx_gain_loss else 0 end as decimal(18, 4)) as fx_gain_loss,
    has_cost,
    cast(case when is_counted then restocked_cost else 0 end as decimal(18, 4)) as restocked_cost,
    cast(
        case
            when not is_counted then 0
            when has_cost then restocked_cost - amount - shipping_amount
        end as decimal(18, 4)
    ) as contribution
from costed_refunds
