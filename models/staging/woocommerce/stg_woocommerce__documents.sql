{{ config(schema='pii') }}

-- The orders of all files in one shape: facts in columns, lines, coupons and refunds as lists.
with

rest_orders as (

    select * from {{ source('woocommerce', 'orders') }}

),

file_orders as (

    select * from {{ source('woocommerce', 'order_files') }}

),

rest_documents as (

    select
        _source as source,
        1 as priority,
        cast(id as varchar) as order_id,
        nullif(cast(parent_id as varchar), '0') as parent_id,
        coalesce("type", '') = 'shop_order_refund' as is_refund,
        lower(trim(status)) as status,
        upper(trim(currency)) as currency,
        date_created_gmt as ordered_at,
        coalesce(date_modified_gmt, date_created_gmt) as changed_at,
        date_paid_gmt as paid_at,
        date_completed_gmt as completed_at,
        coalesce(discount_total, 0) as discount_amount,
        coalesce(shipping_total, 0) as shipping_amount,
        coalesce(total_tax, 0) as tax_amount,
        coalesce(
            list_sum(
                list_transform(
                    from_json({{ woocommerce_list('fee_lines') }}, '[{"total": "DECIMAL(18,4)"}]'),
                    lambda fee: fee.total
                )
            ), 0
        ) as fee_amount,
        coalesce(amount, total) as total_amount,
        nullif(cast(customer_id as varchar), '0') as account_id,
        nullif(trim(billing ->> 'email'), '') as email,
        nullif(trim(billing ->> 'phone'), '') as phone,
        nullif(trim(billing ->> 'first_name'), '') as first_name,
        nullif(trim(billing ->> 'last_name'), '') as last_name,
        nullif(trim(billing ->> 'postcode'), '') as postal_code,
        nullif(trim(billing ->> 'city'), '') as billing_city,
        nullif(trim(billing ->> 'state'), '') as billing_state,
        nullif(upper(trim(billing ->> 'country')), '') as billing_country,
        nullif(trim(shipping ->> 'city'), '') as shipping_city,
        nullif(trim(shipping ->> 'state'), '') as shipping_state,
        nullif(upper(trim(shipping ->> 'country')), '') as shipping_country,
        payment_method,
        created_via as channel_id,
        {{ woocommerce_meta('meta_data', '_wc_order_attribution_utm_source') }} as utm_source,
        {{ woocommerce_meta('meta_data', '_wc_order_attribution_utm_medium') }} as utm_medium,
        {{ woocommerce_meta('meta_data', '_wc_order_attribution_utm_campaign') }} as utm_campaign,
        reason,
        from_json(
            {{ woocommerce_list('line_items') }},
            '[{"id": "VARCHAR", "name": "VARCHAR", "product_id": "VARCHAR",
               "variation_id": "VARCHAR", "sku": "VARCHAR", "quantity": "DECIMAL(18,4)",
               "subtotal": "DECIMAL(18,4)", "total": "DECIMAL(18,4)",
               "total_tax": "DECIMAL(18,4)", "meta_data": "JSON"}]'
        ) as lines,
        from_json(
            {{ woocommerce_list('coupon_lines') }},
            '[{"code": "VARCHAR", "discount": "DECIMAL(18,4)"}]'
        ) as coupons,
        from_json(
            {{ woocommerce_list('refunds') }},
            '[{"id": "VARCHAR", "reason": "VARCHAR", "total": "DECIMAL(18,4)",
               "refunded_at": "TIMESTAMP", "is_sum": "BOOLEAN"}]'
        ) as refunds
    from rest_orders
    where id is not null

),

-- One row per item: each row has all of its order's lines, and one of the rows will do.
item_lists as (

    select
        _source,
        _file,
        order_id,
        list({
            'id': item_id,
            'name': nullif(trim(item_name), ''),
            'product_id': nullif(trim(item_product_id), ''),
            'variation_id': cast(null as varchar),
            'sku': nullif(trim(item_sku), ''),
            'quantity': item_quantity,
            'subtotal': coalesce(item_subtotal, item_total),
            'total': item_total,
            'total_tax': item_total_tax,
            'meta_data': cast(null as json),
        } order by _row) as own_lines
    from file_orders
    where item_quantity is not null
    group by _source, _file, order_id

),

itemised_files as (

    select
        file_orders.*,
        item_lists.own_lines
    from file_orders
    left join item_lists
        on
            file_orders._source = item_lists._source
            and file_orders._file = item_lists._file
            and file_orders.order_id = item_lists.order_id

),

-- A packed line: name:Mug|product_id:12|sku:M|quantity:2|total:18.00|sub_total:20.00, in as many
-- columns as the largest order has (line_item_1, line_item_2 …), or all of an order in one (line_items).
numbered_cells as (

    select
        *,
        list_sort(list_transform(
            list_filter(
                json_keys(_other),
                lambda name: regexp_full_match(lower(name), '(line|order)_items?(_[0-9]+)?')
            ),
            lambda name: {
                'no': coalesce(try_cast(regexp_extract(name, '[0-9]+$') as integer), 0),
                'name': name,
            }
        )) as cells
    from itemised_files

),

unpacked_cells as (

    select
        * exclude (cells),
        list_filter(
            flatten(list_transform(
                cells,
                lambda cell: string_split(
                    regexp_replace(_other ->> cell.name, ';((name|id):)', chr(10) || '\1', 'g'), chr(10)
                )
            )),
            lambda packed: packed like '%quantity:%'
        ) as packed_lines,
        -- The extension also writes them as JSON.
        list_filter(
            list_transform(cells, lambda cell: _other ->> cell.name),
            lambda text: starts_with(text, '[{') and json_valid(text)
        )[1] as json_lines
    from numbered_cells

),

file_lines as (

    select
        * exclude (packed_lines, json_lines, own_lines),
        case
            when own_lines is not null then own_lines
            when json_lines is not null
                then from_json(
                    json_lines,
                    '[{"id": "VARCHAR", "name": "VARCHAR", "product_id": "VARCHAR",
                       "variation_id": "VARCHAR", "sku": "VARCHAR", "quantity": "DECIMAL(18,4)",
                       "subtotal": "DECIMAL(18,4)", "total": "DECIMAL(18,4)",
                       "total_tax": "DECIMAL(18,4)", "meta_data": "JSON"}]'
                )
            else list_transform(
                packed_lines,
                lambda packed, line_no: {
                    'id': cast(line_no as varchar),
                    'name': nullif(
                        regexp_extract(
                            packed, '(?:^|\|)name:(.*?)\|(product_id|sku|quantity):', 1
                        ), ''
                    ),
                    'product_id': {{ woocommerce_packed('product_id') }},
                    'variation_id': {{ woocommerce_packed('variation_id') }},
                    'sku': {{ woocommerce_packed('sku') }},
                    'quantity': cast({{ woocommerce_packed('quantity') }} as decimal(18, 4)),
                    'subtotal': cast(
                        coalesce(
                            {{ woocommerce_packed('sub_total') }},
                            {{ woocommerce_packed('subtotal') }},
                            {{ woocommerce_packed('total') }}
                        ) as decimal(18, 4)
                    ),
                    'total': cast({{ woocommerce_packed('total') }} as decimal(18, 4)),
                    'total_tax': cast(
                        coalesce({{ woocommerce_packed('total_tax') }}, {{ woocommerce_packed('tax') }})
                        as decimal(18, 4)
                    ),
                    'meta_data': cast(null as json),
                }
            )
        end as lines
    from unpacked_cells

),

file_documents as (

    select
        files._source as source,
        2 as priority,
        files.order_id,
        nullif(nullif(trim(files.parent_id), ''), '0')
            as parent_id,
        coalesce(files."type", '') = 'shop_order_refund' or files.order_total < 0 as is_refund,
        lower(trim(files.status)) as status,
        upper(trim(files.order_currency)) as currency,
        {{ woocommerce_site_time('files.order_date') }} as ordered_at,
        {{ woocommerce_site_time('files.order_date') }} as changed_at,
        {{ woocommerce_site_time('files.paid_date') }} as paid_at,
        {{ woocommerce_site_time('files.completed_date') }} as completed_at,
        coalesce(files.discount_total, 0) as discount_amount,
        coalesce(files.shipping_total, 0) as shipping_amount,
        coalesce(files.tax_total, 0) as tax_amount,
        coalesce(files.fee_total, 0) as fee_amount,
        files.order_total as total_amount,
        -- customer_user holds the account's number, or in other versions the address.
        coalesce(
            nullif(trim(files.customer_id), '0'),
            case
                when regexp_full_match(trim(files.customer_user), '[0-9]+')
                    then nullif(trim(files.customer_user), '0')
            end
        ) as account_id,
        nullif(trim(coalesce(files.billing_email, files.customer_email)), '') as email,
        nullif(trim(files.billing_phone), '') as phone,
        nullif(trim(files.billing_first_name), '') as first_name,
        nullif(trim(files.billing_last_name), '') as last_name,
        nullif(trim(files.billing_postcode), '') as postal_code,
        nullif(trim(files.billing_city), '') as billing_city,
        nullif(trim(files.billing_state), '') as billing_state,
        nullif(upper(trim(files.billing_country)), '') as billing_country,
        nullif(trim(files.shipping_city), '') as shipping_city,
        nullif(trim(files.shipping_state), '') as shipping_state,
        nullif(upper(trim(files.shipping_country)), '') as shipping_country,
        files.payment_method,
        cast(null as varchar) as channel_id,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as reason,
        nullif(files.lines, []) as lines,
        -- Packed with its amount, code:welcome|amount:3.00, or codes alone, which share the discount.
        case
            when files.coupon_items like '%code:%'
                then list_transform(
                    {{ woocommerce_split('files.coupon_items', 'code') }},
                    lambda packed: {
                        'code': trim(regexp_extract(packed, 'code:([^|]*)', 1)),
                        'discount': cast(
                            nullif(regexp_extract(packed, 'amount:([^|]*)', 1), '')
                            as decimal(18, 4)
                        ),
                    }
                )
            else list_transform(
                regexp_extract_all(coalesce(files.coupon_items, ''), '[^,;|]*[^,;|\s][^,;|]*'),
                lambda code, code_no: {
                    'code': trim(code),
                    'discount': {{ equal_share(
                        'coalesce(files.discount_total, 0)',
                        'code_no',
                        "len(regexp_extract_all(files.coupon_items, '[^,;|]*[^,;|\s][^,;|]*'))",
                    ) }},
                }
            )
        end as coupons,
        case
            when files.refund_items like '%amount:%'
                then list_transform(
                    {{ woocommerce_split('files.refund_items', 'amount') }},
                    lambda packed, refund_no: {
                        'id': coalesce(
                            {{ woocommerce_packed('id') }},
                            files.order_id || '-refund-' || refund_no
                        ),
                        'reason': {{ woocommerce_packed('reason') }},
                        'total': -abs(cast({{ woocommerce_packed('amount') }} as decimal(18, 4))),
                        'refunded_at': {{ woocommerce_site_time(woocommerce_packed_time(woocommerce_packed('date'))) }},
                        'is_sum': false,
                    }
                )
            when files.refund_total <> 0
                then [
                    {
                        'id': files.order_id || '-refund',
                        'reason': cast(null as varchar),
                        'total': cast(
                            -abs(files.refund_total)
                            as decimal(18, 4)
                        ),
                        'refunded_at': cast(null as timestamp),
                        'is_sum': true,
                    }
                ]
        end as refunds
    from file_lines as files
    where files.order_id is not null

),

documents as (

    select * from rest_documents
    union all by name
    select * from file_documents

),

-- An order may be in several files: the answer of the interface before a file, then the last change.
last_documents as (

    select *
    from documents
    qualify row_number() over (
        partition by source, order_id
        order by priority, changed_at desc nulls last, documents
    ) = 1

)

select
    * exclude (priority, account_id),
    account_id is null as is_guest,
    coalesce(account_id, {{ contact_key('email', 'phone') }}) as customer_id
from last_documents
where status <> 'trash'
