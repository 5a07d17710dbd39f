{{ config(materialized='table' if var('dirt') > 1 else 'view') }}

-- The rows of the orders' files, and the file that each goes to.
with orders as (

    select * from {{ ref('gen_orders') }}
    {%- if var('until') %}
    where ordered_at < timestamp '{{ var("until") }}'
    {%- endif %}

),

refunds as (

    select
        order_key,
        kind,
        is_whole,
        refunded_at
    from {{ ref('gen_refunds') }}
    {%- if var('until') %}
    where refunded_at < timestamp '{{ var("until") }}'
    {%- endif %}

),

customers as (

    select
        customer_no,
        city,
        duplicate_kind
    from {{ ref('gen_customers') }}

),

visits as (

    select * from {{ ref('gen_order_visits') }}

),

seen as (

    select
        * replace (
            {{ seen('paid_at') }} as paid_at,
            {{ seen('cancelled_at') }} as cancelled_at,
            {{ seen('shipped_at') }} as shipped_at,
            {{ seen('delivered_at') }} as delivered_at,
            {%- if var('until') %}
            case
                when status_before_refund = 'failed' then 'failed'
                when cancelled_at < timestamp '{{ var("until") }}' then 'cancelled'
                when delivered_at < timestamp '{{ var("until") }}' then 'delivered'
                when shipped_at < timestamp '{{ var("until") }}' then 'shipped'
                when paid_at < timestamp '{{ var("until") }}' then 'paid'
                else 'pending'
            end as status_before_refund
            {%- else %}
            status_before_refund as status_before_refund
            {%- endif %}
        )
    from orders

)

select
    case
        when {{ var('dirt') }} > 1 and seen.ordered_at >= {{ second_file_day() }} then 2
        else 1
    end as file_no,
    {{ defect('arrives_at', 'null::timestamp') }} as sort_at,
    seen.order_key as sort_key,
    {{ copies({'duplicate_order': 'again', 'test_order': 'test', 'null_key': 'keyless'}) }} as copy,
    case copy
        when 'test' then 'o' || (seen.order_key + 8)
        when 'keyless' then null
        else 'o' || seen.order_key
    end as order_id,
    {{ booked_customer('customers', 'seen.purchase_no', 'seen.origin') }} as customer_id,
    {%- if var('dirt') > 1 %}
    case
        when {{ defect('kind', "''") }} in ('local_time', 'dst_night')
            then strftime({{ shop_time('seen.ordered_at') }}, '%Y-%m-%d %H:%M:%S')
                || '+0' || {{ shop_offset('seen.ordered_at') }} || ':00'
        else strftime(seen.ordered_at, '%Y-%m-%d %H:%M:%S')
    end as ordered_at,
    {%- else %}
    seen.ordered_at,
    {%- endif %}
    {{ order_status('seen', 'refunds') }} as status,
    seen.channel_id,
    seen.region_id,
    {{ booked_currency('seen.currency') }} as currency,
    {{ booked('seen.subtotal_cents') }} as subtotal,
    {{ booked('seen.discount_cents') }} as discount_amount,
    {{ booked('seen.shipping_cents') }} as shipping_amount,
    {{ booked('seen.tax_cents') }} as tax_amount,
    {{ booked('seen.total_cents') }} as total_amount,
    false as prices_include_tax,
    seen.paid_at,
    seen.cancelled_at,
    seen.shipped_at,
    seen.delivered_at,
    seen.promised_at,
    visits.utm_source,
    visits.utm_medium,
    visits.utm_campaign,
    copy = 'test' as is_test,
    seen.origin = 'gift_card' as is_gift_card_purchase,
    seen.origin = 'trial' as is_trial,
    {{ booked('seen.fulfilment_cents') }} as fulfilment_cost,
    seen.country_code as billing_country_code,
    seen.country_code as shipping_country_code,
    customers.city as shipping_city,
    visits.session_id
    {%- if var('stores') %},
    'shop-' || lower(seen.country_code) as store_id
    {%- endif %}
from seen
inner join customers on customers.customer_no = seen.customer_no
left join refunds on refunds.order_key = seen.order_key
left join visits on visits.order_key = seen.order_key
{{ join_defects('seen.order_key') }}
where {{ in_window(
    'greatest(seen.ordered_at, ' ~ defect('arrives_at', 'seen.ordered_at') ~ ')',
    ['seen.paid_at', 'seen.shipped_at', 'seen.delivered_at', 'seen.cancelled_at', 'refunds.refunded_at'],
) }}
