with

documents as (

    select * from {{ ref('stg_woocommerce__documents') }}

),

exported as (

    select * from {{ source('woocommerce', 'refunds') }}

),

listed_refunds as (

    select
        source,
        order_id,
        unnest(refunds) as refund
    from documents
    where not is_refund

),

detailed_facts as (

    select
        _source as source,
        cast(id as varchar) as refund_id,
        nullif(cast(parent_id as varchar), '0') as order_id,
        1 as priority,
        date_created_gmt as refunded_at,
        abs(amount) as amount,
        nullif(trim(reason), '') as reason,
        from_json(
            {{ woocommerce_list('line_items') }},
            '[{"id": "VARCHAR", "name": "VARCHAR", "product_id": "VARCHAR",
               "variation_id": "VARCHAR", "sku": "VARCHAR", "quantity": "DECIMAL(18,4)",
               "subtotal": "DECIMAL(18,4)", "total": "DECIMAL(18,4)",
               "total_tax": "DECIMAL(18,4)", "meta_data": "JSON"}]'
        ) as lines,
        from_json(
            {{ woocommerce_list('shipping_lines') }},
            '[{"total": "DECIMAL(18,4)", "total_tax": "DECIMAL(18,4)"}]'
        ) as shipping_lines,
        from_json(
            {{ woocommerce_list('fee_lines') }},
            '[{"total": "DECIMAL(18,4)", "total_tax": "DECIMAL(18,4)"}]'
        ) as fee_lines
    from exported
    where id is not null

),

order_facts as (

    select
        source,
        order_id as refund_id,
        parent_id as order_id,
        2 as priority,
        ordered_at as refunded_at,
        abs(total_amount) as amount,
        reason,
        nullif(lines, []) as lines,
        case when lines <> [] then abs(tax_amount) end as tax_amount,
        case when lines <> [] then abs(shipping_amount) end as shipping_amount,
        case when lines <> [] then -fee_amount end as fee_amount
    from documents
    where is_refund

),

told_orders as (

    select
        source,
        order_id
    from detailed_facts
    union
    select
        source,
        order_id
    from order_facts

),

-- A sum of an order's refunds is one more only where nothing else tells of them.
listed_facts as (

    select
        listed_refunds.source,
        listed_refunds.refund.id as refund_id,
        listed_refunds.order_id,
        3 as priority,
        listed_refunds.refund.refunded_at as refunded_at,
        cast(abs(listed_refunds.refund.total) as decimal(18, 4)) as amount,
        nullif(trim(listed_refunds.refund.reason), '') as reason
    from listed_refunds
    left join told_orders
        on
            listed_refunds.source = told_orders.source
            and listed_refunds.order_id = told_orders.order_id
    where
        told_orders.order_id is null
        or not coalesce(listed_refunds.refund.is_sum, false)

),

all_facts as (

    select * from detailed_facts
    union all by name
    select * from order_facts
    union all by name
    select * from listed_facts

)

-- The list of the order knows which order it is, the file when and what.
select
    source,
    refund_id,
    max(order_id) as order_id,
    arg_min(refunded_at, (priority, refunded_at, amount)) as refunded_at,
    arg_min(amount, (priority, refunded_at, amount)) as amount,
    arg_min(reason, (priority, refunded_at, amount)) as reason,
    arg_min(lines, (priority, refunded_at, amount)) as lines,
    arg_min(tax_amount, (priority, refunded_at, amount)) as tax_amount,
    arg_min(shipping_amount, (priority, refunded_at, amount)) as shipping_amount,
    arg_min(fee_amount, (priority, refunded_at, amount)) as fee_amount,
    arg_min(shipping_lines, (priority, refunded_at, amount)) as shipping_lines,
    arg_min(fee_lines, (priority, refunded_at, amount)) as fee_lines
from all_facts
where refund_id is not null
group by source, refund_id
