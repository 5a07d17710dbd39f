with

orders as (

    select * from {{ ref('stg_orders') }}

),

lines as (

    select * from {{ ref('int_order_line_amounts') }}

),

status_map as (

    select * from {{ ref('order_status_map') }}

),

line_totals as (

    select
        order_id,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount,
        sum(shipping_amount) as shipping_amount
    from lines
    group by order_id

),

classified_orders as (

    select
        orders.order_id,
        orders.ordered_at,
        {{ local_date('orders.ordered_at') }} as order_date,
        orders.currency,
        orders.prices_include_tax,
        case
            when orders.is_test then 'test'
            else coalesce(status_map.order_class, 'unknown')
        end as order_class,
        coalesce(line_totals.net_amount, 0) <= 0 as is_zero_value,
        coalesce(orders.shipping_amount, line_totals.shipping_amount, 0) as shipping_amount,
        coalesce(orders.tax_amount, line_totals.tax_amount, 0) as tax_amount,
        coalesce(line_totals.tax_amount, 0) as line_tax_amount
    from orders
    left join line_totals
        on orders.order_id = line_totals.order_id
    left join status_map
        on orders.status = status_map.status

)

select
    order_id,
    ordered_at,
    order_date,
    currency,
    order_class,
    is_zero_value,
    order_class = 'valid'
    {%- if not switched('count_zero_value_orders', var('count_zero_value_orders')) %} and not is_zero_value{% endif %} as is_valid,
    cast(
        case
            when prices_include_tax then shipping_amount - greatest(tax_amount - line_tax_amount, 0)
            else shipping_amount
        end as decimal(18, 4)
    ) as shipping_amount,
    cast(tax_amount as decimal(18, 4)) as tax_amount
from classified_orders
where order_date is not null
