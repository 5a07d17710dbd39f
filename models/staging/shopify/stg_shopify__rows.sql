{{ config(schema='pii') }}

with

rows_of_all_files as (

    select * from {{ source('shopify', 'orders') }}

),

named_rows as (

    select
        _source as source,
        _file as file,
        _row as row_no,
        trim("Name") as order_id,
        "Financial Status" is not null or "Total" is not null as is_head,
        md5({{ normalised_email('"Email"') }}) as email_hash,
        trim("Email") as email,
        {{ without_apostrophe('"Phone"') }} as phone,
        -- Who gave no address is known by the number.
        {{ contact_key('"Email"', '"Phone"') }} as customer_id,
        lower(trim("Financial Status")) as financial_status,
        "Created at" as created_at,
        "Paid at" as paid_at,
        "Fulfilled at" as fulfilled_at,
        "Cancelled at" as cancelled_at,
        lower(trim("Accepts Marketing")) = 'yes' as accepts_marketing,
        upper(trim("Currency")) as currency,
        "Subtotal" as discounted_amount,
        coalesce("Shipping", 0) as shipping_amount,
        coalesce("Taxes", 0) as tax_amount,
        "Total" as total_amount,
        coalesce("Duties", 0) as duty_amount,
        nullif(trim("Discount Code"), '') as discount_code,
        coalesce("Discount Amount", 0) as discount_amount,
        coalesce("Refunded Amount", 0) as refunded_amount,
        coalesce("Outstanding Balance", 0) as outstanding_amount,
        "Payment Method" as payment_method,
        nullif(trim("Source"), '') as channel_id,
        nullif(trim("Shipping City"), '') as city,
        nullif(trim("Shipping Province"), '') as region_id,
        {{ without_apostrophe('"Shipping Zip"') }} as postal_code,
        lower(trim("Billing Country")) as billing_country,
        lower(trim("Shipping Country")) as shipping_country,
        -- A tip is in the order's total only.
        case
            when not {{ shopify_tip() }} then nullif(trim("Lineitem name"), '')
        end as line_name,
        nullif({{ without_apostrophe('"Lineitem sku"') }}, '') as sku,
        nullif(trim("Vendor"), '') as vendor,
        "Lineitem quantity" as quantity,
        "Lineitem price" as unit_price,
        "Lineitem compare at price" as compare_at_price,
        coalesce("Lineitem discount", 0) as line_discount_amount,
        {{ shopify_gift_card() }} as is_gift_card
    from rows_of_all_files
    where "Name" is not null

),

-- Each first row begins the order anew: in a file that continues another there is none, in a file
-- that repeats it there is one more.
blocked_rows as (

    select
        *,
        count(*) filter (where is_head) over (
            partition by source, order_id
            order by file, row_no
            rows between unbounded preceding and current row
        ) as block_no
    from named_rows

),

-- Of several deliveries of an order the one furthest on its way counts.
chosen_blocks as (

    select
        source,
        order_id,
        block_no,
        count(*) over (partition by source, order_id) as blocks
    from blocked_rows
    where is_head
    qualify row_number() over (
        partition by source, order_id
        order by
            refunded_amount desc,
            cancelled_at desc nulls last,
            fulfilled_at desc nulls last,
            paid_at desc nulls last,
            block_no desc
    ) = 1

)

-- Rows before the first first row are the end of an order whose beginning is in a later file. An
-- order whose beginning is in no file keeps its lines, and a test reports them.
select
    blocked_rows.* exclude (block_no),
    row_number() over (
        partition by blocked_rows.source, blocked_rows.order_id
        order by blocked_rows.block_no = 0, blocked_rows.file, blocked_rows.row_no
    ) as line_no
from blocked_rows
left join chosen_blocks
    on
        blocked_rows.source = chosen_blocks.source
        and blocked_rows.order_id = chosen_blocks.order_id
where
    chosen_blocks.order_id is null
    or blocked_rows.block_no = chosen_blocks.block_no
    or (blocked_rows.block_no = 0 and chosen_blocks.blocks = 1)
