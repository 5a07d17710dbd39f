-- Every defect that dirt put into the files: in which file and table, at which key, what it is, whether
-- the clean row can be told from what is left, and what the row should be.
{%- set ending = "." ~ var('format') %}
{%- if var('dirt') == 0 %}
select
    null::varchar as file_name,
    null::varchar as table_name,
    null::varchar as row_key,
    null::varchar as kind,
    null::boolean as is_recoverable,
    null::varchar as detail
where false
{%- else %}
with orders as (

    select
        defects.order_key,
        defects.kind,
        defects.owner_id,
        defects.arrives_at,
        'o' || defects.order_key as order_id,
        case
            when {{ var('dirt') }} > 1 and defects.ordered_at >= {{ second_file_day() }} then 'orders_2{{ ending }}'
            else 'orders{{ ending }}'
        end as orders_file,
        defects.ordered_at,
        gen.currency,
        {{ customer_key('people', 'gen.purchase_no', 'gen.origin') }} as true_customer_id,
        items.product_no,
        items.quantity,
        items.unit_price_cents
    from {{ ref('dirty_orders') }} as defects
    inner join {{ ref('gen_orders') }} as gen on gen.order_key = defects.order_key
    inner join {{ ref('gen_customers') }} as people on people.customer_no = gen.customer_no
    inner join {{ ref('gen_order_items') }} as items
        on items.order_key = defects.order_key
        and items.line_no = 1

),

payments as (

    select order_key
    from {{ ref('gen_payments') }}
    where part_no = 1

),

people as (

    select
        troubles.customer_no,
        troubles.kind,
        troubles.form_no,
        people.email,
        people.phone
    from {{ ref('dirty_people') }} as troubles
    inner join {{ ref('gen_customers') }} as people on people.customer_no = troubles.customer_no

),

everything as (

    select
        orders_file as file_name,
        'orders' as table_name,
        case kind when 'test_order' then 'o' || (order_key + 8) else order_id end as row_key,
        case kind
            when 'duplicate_order' then 'duplicate_row'
            when 'late_order' then 'late_row'
            when 'null_key' then 'null_id'
            when 'null_customer' then 'null_id'
            else kind
        end as kind,
        kind not in ('null_customer', 'relay_customer') as is_recoverable,
        case kind
            when 'duplicate_order' then 'the same row twice'
            when 'late_order' then 'came ' || strftime(arrives_at, '%Y-%m-%d %H:%M:%S')
            when 'test_order' then 'a copy of ' || order_id || ', with its lines'
            when 'null_key' then 'a copy of the row without order_id'
            when 'null_customer' then 'customer_id missing, was ' || true_customer_id
            when 'relay_customer' then 'customer_id ' || owner_id || ', was ' || true_customer_id
            when 'foreign_currency' then 'booked in RON, five times the EUR, with lines, payments and refunds'
            else 'ordered_at with an offset, UTC ' || strftime(ordered_at, '%Y-%m-%d %H:%M:%S')
        end as detail
    from orders
    where kind in (
        'duplicate_order', 'late_order', 'test_order', 'null_key', 'null_customer', 'relay_customer',
        'foreign_currency', 'local_time', 'dst_night'
    )

    union all

    select
        'order_items{{ ending }}',
        'order_items',
        case kind
            when 'orphan_line' then 'o' || (order_key + 9) || '|1'
            when 'no_items' then order_id
            else order_id || '|1'
        end,
        case kind
            when 'duplicate_line' then 'duplicate_row'
            when 'null_product' then 'null_id'
            when 'no_items' then 'order_without_items'
            else kind
        end,
        kind in ('duplicate_line', 'orphan_line'),
        case kind
            when 'duplicate_line' then 'the same row twice'
            when 'orphan_line' then 'a copy of a line of ' || order_id || ' under an order that is not there'
            when 'no_items' then 'all lines missing'
            when 'null_product' then 'product_id missing, was p' || product_no
            when 'unknown_sku' then 'product_id x' || product_no || '-old, was p' || product_no
            when 'negative_quantity' then 'quantity -' || quantity || ', was ' || quantity
            else 'unit_price 0, was ' || {{ price_text('unit_price_cents') }}
        end
    from orders
    where kind in (
        'duplicate_line', 'orphan_line', 'no_items', 'null_product', 'unknown_sku', 'negative_quantity',
        'zero_price'
    )

    union all

    select
        'payments{{ ending }}',
        'payments',
        'y' || orders.order_key || '-1',
        'duplicate_row',
        true,
        'the same row twice'
    from orders
    inner join payments on payments.order_key = orders.order_key
    where orders.kind = 'duplicate_payment'

    union all

    select
        'customers{{ ending }}',
        'customers',
        'c' || customer_no || case when kind in ('second_email', 'chain') then 'd' else '' end,
        case kind
            when 'duplicate_customer' then 'duplicate_row'
            when 'chain' then 'identity_chain'
            else kind
        end,
        true,
        case kind
            when 'duplicate_customer' then 'the same row twice'
            when 'email_variant' then 'email in other letters or with blanks, was ' || email
            else 'the person of c' || customer_no || ', told by the telephone ' || phone
        end
    from people

    union all

    select
        'customers{{ ending }}',
        'customers',
        'c' || customer_no || 'e',
        'identity_chain',
        true,
        'the person of c' || customer_no || ', told by the address of c' || customer_no || 'd'
    from people
    where kind = 'chain'
    {%- if var('dirt') > 1 %}

    union all

    select
        'orders_3{{ ending }}',
        'orders',
        null,
        'duplicate_file',
        true,
        'the rows of orders_2{{ ending }} once more'
    {%- endif %}
    {%- if var('dirt') > 2 %}

    union all

    select
        drift.file_name || '{{ ending }}',
        'orders',
        null,
        drift.kind,
        drift.is_recoverable,
        drift.detail
    from (
        values
            ('orders_2', 'renamed_column', false, 'utm_campaign is called campaign'),
            ('orders_2', 'missing_column', false, 'fulfilment_cost is missing'),
            ('orders_2', 'added_column', true, 'till_no is new'),
            ('orders_3', 'renamed_column', false, 'utm_campaign is called campaign'),
            ('orders_3', 'missing_column', false, 'fulfilment_cost is missing'),
            ('orders_3', 'added_column', true, 'till_no is new')
    ) as drift (file_name, kind, is_recoverable, detail)
    {%- endif %}

)

select
    file_name,
    table_name,
    row_key,
    kind,
    is_recoverable,
    detail
from everything
{%- endif %}
