with

refunds as (

    select * from {{ ref('int_refunds_linked') }}

),

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

identities as (

    select * from {{ ref('int_customer_identity') }}

),

rates as (

    select * from {{ ref('int_fx_rates') }}

),

costs as (

    select * from {{ ref('int_order_item_costs') }}

),

placed_refunds as (

    select
        refunds.*,
        coalesce(orders.store_id, refunds.source) as store_id,
        coalesce(orders.channel, '(unknown)') as channel,
        coalesce(orders.country_code, '(unknown)') as country_code,
        coalesce(orders.region_id, '(unknown)') as region_id,
        case when refunds.has_order then orders.customer_id else identities.customer_id end
            as customer_id,
        coalesce(
            case
                when refunds.has_order then orders.identity_reliable
                else identities.identity_reliable
            end,
            false
        ) as identity_reliable,
        rates.rate as fx_rate,
        refund_day_rates.rate as refund_day_fx_rate,
        {{ at_rate('costs.unit_cost', 'cost_rates.rate') }} as unit_cost,
        coalesce(refunds.order_id, refunds.refund_id) as series_id
    from refunds
    left join orders
        on refunds.order_id = orders.order_id
    left join identities
        on refunds.source_customer_id = identities.source_customer_id
    left join rates
        on
            refunds.currency = rates.currency
            and refunds.rate_date = rates.rate_date
    left join rates as refund_day_rates
        on
            refunds.currency = refund_day_rates.currency
            and refunds.refund_date = refund_day_rates.rate_date
    left join costs
        on refunds.order_item_id = costs.order_item_id
    left join rates as cost_rates
        on
            costs.currency = cost_rates.currency
            and refunds.rate_date = cost_rates.rate_date

),

running_refunds as (

    select
        *,
        sum(amount) over (
            partition by series_id, currency
            order by refunded_at, refund_id, line_no nulls last, refund_item_id
        ) as running_amount
    from placed_refunds

)

select
    refund_item_id,
    refund_id,
    line_no,
    has_order,
    order_id,
    order_item_id,
    customer_id,
    customer_id is null as is_anonymous,
    identity_reliable,
    store_id,
    channel,
    country_code,
    region_id,
    product_id,
    reason,
    refunded_at,
    refund_date,
    order_date,
    is_date_estimated,
    is_counted,
    currency,
    fx_rate,
    quantity,
    restocked_quantity,
    is_gift_card,
    {{ at_rate_in_series('amount', 'running_amount', 'fx_rate') }} as amount,
    {{ at_rate('amount', 'fx_rate') }} - {{ at_rate('amount', 'refund_day_fx_rate') }}
        as fx_gain_loss,
    {{ at_rate('gift_card_amount', 'fx_rate') }} as gift_card_amount,
    {{ at_rate('shipping_amount', 'fx_rate') }} as shipping_amount,
    {{ at_rate('tax_amount', 'fx_rate') }} as tax_amount,
    case
        when restocked_quantity = 0 then 0
        else {{ product_of('restocked_quantity', 'unit_cost') }}
    end as restocked_cost
from running_refunds
