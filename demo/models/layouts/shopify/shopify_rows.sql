-- The rows of Shopify's order export, newest order first: what belongs to the order stands on its
-- first row only. Refused cards never become orders there. File 1 holds the newer half of the days.
with orders as (

    select
        *,
        case
            when cancelled_at is not null and paid_at is null then 'voided'
            when refund_kind = 'cancelled' or status = 'refunded' then 'refunded'
            when cancelled_at is not null then 'paid'
            when status = 'partially_refunded' then 'partially_refunded'
            when status = 'pending' then 'pending'
            else 'paid'
        end as financial_status
    from {{ ref('layout_orders') }}
    where origin != 'failed'

),

lines as (

    select * from {{ ref('layout_lines') }}

),

rows as (

    select
        orders.*,
        lines.position,
        lines.quantity,
        lines.product_name,
        lines.unit_price_cents,
        lines.compare_at_cents,
        lines.sku,
        lines.vendor,
        lines.is_gift_card,
        lines.line_discount_cents,
        lines.position = 1 as is_first
    from orders
    inner join lines on lines.order_key = orders.order_key

)

select
    case
        when ordered_at >= date '{{ var("start_date") }}'
            + ((date '{{ var("end_date") }}' - date '{{ var("start_date") }}') // 2)::integer
            then 1
        else 2
    end as file_no,
    ordered_at as sort_at,
    order_key as sort_key,
    position as sort_position,
    '#' || order_number as "Name",
    account_email as "Email",
    case when is_first then financial_status end as "Financial Status",
    case when is_first then {{ shopify_time('paid_at') }} end as "Paid at",
    case
        when not is_first then null
        when shipped_at is not null then 'fulfilled'
        else 'unfulfilled'
    end as "Fulfillment Status",
    case when is_first then {{ shopify_time('shipped_at') }} end as "Fulfilled at",
    case
        when not is_first then null
        when email_consent = 'confirmed' then 'yes'
        else 'no'
    end as "Accepts Marketing",
    case when is_first then currency end as "Currency",
    case when is_first then {{ price_text('subtotal_cents - discount_cents') }} end as "Subtotal",
    case when is_first then {{ price_text('shipping_cents') }} end as "Shipping",
    case when is_first then {{ price_text('tax_cents') }} end as "Taxes",
    case when is_first then {{ price_text('total_cents') }} end as "Total",
    case when is_first then coupon_code end as "Discount Code",
    case when is_first then {{ price_text('discount_cents') }} end as "Discount Amount",
    case
        when not is_first or channel_id = 'pos' then null
        when shipping_cents = 0 then 'Free'
        else 'Standard'
    end as "Shipping Method",
    {{ shopify_time('ordered_at') }} as "Created at",
    quantity::varchar as "Lineitem quantity",
    product_name as "Lineitem name",
    {{ price_text('unit_price_cents') }} as "Lineitem price",
    {{ price_text('compare_at_cents') }} as "Lineitem compare at price",
    sku as "Lineitem sku",
    case when is_gift_card then 'false' else 'true' end as "Lineitem requires shipping",
    case when is_gift_card then 'false' else 'true' end as "Lineitem taxable",
    case when shipped_at is not null then 'fulfilled' else 'pending' end
    as "Lineitem fulfillment status",
    case when is_first then first_name || ' ' || last_name end as "Billing Name",
    case when is_first then street end as "Billing Street",
    case when is_first then street end as "Billing Address1",
    null::varchar as "Billing Address2",
    null::varchar as "Billing Company",
    case when is_first then city end as "Billing City",
    case when is_first then '''' || postal_code end as "Billing Zip",
    case when is_first then region_id end as "Billing Province",
    case when is_first then country_code end as "Billing Country",
    case when is_first then '''' || account_phone end as "Billing Phone",
    case when is_first then first_name || ' ' || last_name end as "Shipping Name",
    case when is_first then street end as "Shipping Street",
    case when is_first then street end as "Shipping Address1",
    null::varchar as "Shipping Address2",
    null::varchar as "Shipping Company",
    case when is_first then city end as "Shipping City",
    case when is_first then '''' || postal_code end as "Shipping Zip",
    case when is_first then region_id end as "Shipping Province",
    case when is_first then country_code end as "Shipping Country",
    case when is_first then '''' || account_phone end as "Shipping Phone",
    case
        when is_first and order_key // 10 % 12 = 0
            then 'Leave it at the door, please.' || chr(10) || 'The bell says "' || last_name || '".'
    end as "Notes",
    case
        when is_first and utm_source is not null
            then 'utm_source: ' || utm_source || chr(10) || 'utm_medium: ' || utm_medium
                || coalesce(chr(10) || 'utm_campaign: ' || utm_campaign, '')
    end as "Note Attributes",
    case when is_first then {{ shopify_time('cancelled_at') }} end as "Cancelled at",
    case
        when not is_first or paid_at is null then null
        else case payment_method
            when 'card' then 'Shopify Payments'
            when 'wallet' then 'PayPal Express Checkout'
            when 'bank_transfer' then 'Bank Deposit'
            when 'pay_later' then 'Klarna'
            else 'Cash'
        end || case when gift_card_cents > 0 then ' + Gift Card' else '' end
    end as "Payment Method",
    case when is_first and paid_at is not null then '#' || order_number || '.1' end
    as "Payment Reference",
    case when is_first then {{ price_text('refund_cents') }} end as "Refunded Amount",
    vendor as "Vendor",
    case
        when is_first then
            {{ price_text("case when financial_status = 'pending' then total_cents else 0 end") }}
    end as "Outstanding Balance",
    null::varchar as "Employee",
    case when is_first and channel_id = 'pos' then 'Shop ' || city end as "Location",
    null::varchar as "Device ID",
    case when is_first then (5000000000000 + order_key)::varchar end as "Id",
    case when is_first then
        case origin when 'trial' then 'box, trial' when 'gift_card' then 'gift card' end
    end as "Tags",
    case when is_first then 'Low' end as "Risk Level",
    case
        when is_first then case channel_id
            when 'phone' then 'shopify_draft_order'
            when 'social' then '2329312'
            when 'market' then '1662707'
            else channel_id
        end
    end as "Source",
    {{ price_text('line_discount_cents') }} as "Lineitem discount",
    case
        when is_first and tax_cents > 0
            then 'VAT ' || (tax_cents * 100.0 / (subtotal_cents - discount_cents))::integer || '%'
    end as "Tax 1 Name",
    case when is_first and tax_cents > 0 then {{ price_text('tax_cents') }} end as "Tax 1 Value",
    null::varchar as "Tax 2 Name",
    null::varchar as "Tax 2 Value",
    null::varchar as "Tax 3 Name",
    null::varchar as "Tax 3 Value",
    null::varchar as "Tax 4 Name",
    null::varchar as "Tax 4 Value",
    null::varchar as "Tax 5 Name",
    null::varchar as "Tax 5 Value",
    case when is_first then '''' || account_phone end as "Phone",
    null::varchar as "Receipt Number",
    null::varchar as "Duties",
    case when is_first then region_name end as "Billing Province Name",
    case when is_first then region_name end as "Shipping Province Name",
    case when is_first and paid_at is not null then 'pay-' || order_number end as "Payment ID",
    null::varchar as "Payment Terms Name",
    null::varchar as "Next Payment Due At",
    case when is_first and paid_at is not null then '#' || order_number || '.1' end
    as "Payment References"
from rows
