with

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

ordering_stores as (

    select
        store_id,
        min(source) as source,
        min(order_date) filter (where is_valid) as first_order_date,
        max(order_date) filter (where is_valid) as last_order_date
    from orders
    group by store_id

),

stores as (

    select store_id from ordering_stores
    union
    select store_id from refunds

)

select
    stores.store_id,
    coalesce(ordering_stores.source, stores.store_id) as source,
    ordering_stores.first_order_date,
    ordering_stores.last_order_date
from stores
left join ordering_stores
    on stores.store_id = ordering_stores.store_id
