with

all_adapters as (

    select
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

    {% if 'canonical' in var('adapters') %}
    union all by name
    select * from {{ ref('stg_canonical__refund_items') }}
    {% endif %}

    {% if 'online_retail' in var('adapters') %}
    union all by name
    select * from {{ ref('stg_online_retail__refund_items') }}
    {% endif %}

)

select * from all_adapters
