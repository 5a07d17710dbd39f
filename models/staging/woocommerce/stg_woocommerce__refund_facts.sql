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
            line_items,
            '[{"id": "VARCHAR", "product_id": "VARCHAR", "variation_id": "VARCHAR",
               "quantity": "DECIMAL(18,4)", "total": "DECIMAL(18,4)",
               "total_tax": "DECIMAL(18,4)", "meta_data": "JSON"}]'
        ) as lines,
        from_json(shipping_lines, '[{"total": "DECIMAL(18,4)", "total_tax": "DECIMAL(18,4)"}]')
            as shipping_lines
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
        reason
    from documents
    where is_refund

),

listed_facts as (

    select
        source,
        refund.id as refund_id,
        order_id,
        3 as priority,
        cast(null as timestamp) as refunded_at,
        cast(abs(refund.total) as decimal(18, 4)) as amount,
        nullif(trim(refund.reason), '') as reason
    from listed_refunds

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
    arg_min(shipping_lines, (priority, refunded_at, amount)) as shipping_lines
from all_facts
where refund_id is not null
group by source, refund_id
