{{ config(severity='warn') }}
-- Orders without a customer on a channel where nine in ten have one: rather a lost key than a
-- stranger. Channels where strangers are common are left alone.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

channels as (

    select
        source,
        channel_id
    from orders
    group by source, channel_id
    having 10 * count(customer_id) >= 9 * count(*)

)

select
    orders.order_id,
    orders.channel_id,
    orders.ordered_at
from orders
inner join channels
    on
        orders.source = channels.source
        and orders.channel_id is not distinct from channels.channel_id
where orders.customer_id is null
