-- Orders with all that a system writes on one line of theirs.
with orders as (

    select * from {{ ref('gen_orders') }}

),

refunds as (

    select * from {{ ref('gen_refunds') }}

),

people as (

    select
        customer_no,
        duplicate_kind
    from {{ ref('gen_customers') }}

),

owners as (

    select
        orders.order_key,
        case
            when orders.origin = 'stranger' then null
            else people.customer_no::bigint * 10
                + (people.duplicate_kind is not null and orders.purchase_no % 2 = 0)::integer
        end as account_no
    from orders
    inner join people on people.customer_no = orders.customer_no

),

card_parts as (

    select
        order_key,
        amount_cents as gift_card_cents
    from {{ ref('gen_payments') }}
    where part_no = 2

)

select
    orders.order_key,
    orders.order_key::varchar as order_number,
    owners.account_no,
    accounts.customer_id,
    accounts.is_guest,
    accounts.first_name,
    accounts.last_name,
    accounts.account_email,
    accounts.account_phone,
    accounts.email_consent,
    accounts.street,
    -- of a stranger the shop knows its own place
    homes.city,
    orders.region_id,
    regions.region_name,
    orders.country_code,
    homes.postal_code,
    orders.currency,
    orders.ordered_at,
    orders.paid_at,
    orders.cancelled_at,
    orders.shipped_at,
    orders.delivered_at,
    orders.promised_at,
    orders.origin,
    orders.channel_id,
    orders.payment_method,
    coalesce(card_parts.gift_card_cents, 0) as gift_card_cents,
    orders.subtotal_cents,
    orders.discount_cents,
    orders.shipping_cents,
    orders.tax_cents,
    orders.total_cents,
    orders.promotion_type,
    case when orders.promotion_type = 'coupon' then promotions.code end as coupon_code,
    {{ order_status('orders', 'refunds') }} as status,
    refunds.kind as refund_kind,
    refunds.refunded_at,
    refunds.reason as refund_reason,
    coalesce(refunds.amount_cents, 0) as refund_cents,
    coalesce(refunds.tax_cents, 0) as refund_tax_cents,
    coalesce(refunds.shipping_cents, 0) as refund_shipping_cents,
    coalesce(refunds.goodwill_cents, 0) as refund_goodwill_cents,
    visits.device,
    visits.utm_source,
    visits.utm_medium,
    visits.utm_campaign
from orders
inner join owners on owners.order_key = orders.order_key
inner join {{ ref('gen_customers') }} as homes on homes.customer_no = orders.customer_no
inner join {{ ref('law_regions') }} as regions on regions.region_id = orders.region_id
left join {{ ref('layout_accounts') }} as accounts on accounts.account_no = owners.account_no
left join refunds on refunds.order_key = orders.order_key
left join card_parts on card_parts.order_key = orders.order_key
left join {{ ref('gen_promotions') }} as promotions on promotions.promotion_no = orders.promotion_no
left join {{ ref('gen_order_visits') }} as visits on visits.order_key = orders.order_key
