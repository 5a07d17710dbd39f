with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as refund_item_id,
        cast(null as varchar) as refund_id,
        cast(null as bigint) as line_no,
        cast(null as varchar) as order_id,
        cast(null as bigint) as order_line_no,
        cast(null as varchar) as product_id,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as restocked_quantity
    where false

    {{ union_adapters('refund_items') }}

)

select * from all_sources
