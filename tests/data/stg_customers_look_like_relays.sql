{{ config(severity='warn') }}
-- A domain of five or more accounts with one order each, all from marketplaces: it may hand out an
-- address for each order. If so, it belongs in the seed relay_email_domains, and channel_map should
-- say that the channel's identities are not reliable.
with

customers as (

    select * from {{ ref('stg_customers') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

channels as (

    select * from {{ ref('channel_map') }}

),

relay_domains as (

    select * from {{ ref('relay_email_domains') }}

),

customer_orders as (

    select
        orders.customer_id,
        count(*) as orders,
        bool_and(coalesce(channels.channel_group = 'marketplace', false)) as is_marketplace_only
    from orders
    left join channels
        on lower(trim(orders.channel_id)) = channels.channel_id
    where orders.customer_id is not null
    group by orders.customer_id

),

accounts as (

    select
        customers.customer_id,
        lower(trim(split_part(customers.email, '@', 2))) as domain,
        coalesce(
            customer_orders.orders = 1 and customer_orders.is_marketplace_only, false
        ) as is_like_a_relay
    from customers
    left join customer_orders
        on customers.customer_id = customer_orders.customer_id
    where customers.email is not null

),

domains as (

    select domain
    from accounts
    group by domain
    having
        count(*) >= 5
        and bool_and(is_like_a_relay)

)

select
    accounts.domain,
    accounts.customer_id
from accounts
inner join domains
    on accounts.domain = domains.domain
anti join relay_domains
    on accounts.domain = relay_domains.domain
