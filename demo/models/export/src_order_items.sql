{{ config(
    materialized='external',
    location=var('output') ~ '/order_items.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

with items as (

    select
        items.*
        {%- if var('dirt') > 0 %},
        -- only the first line has the line's trouble
        case when items.line_no = 1 or defects.kind = 'test_order' then defects.kind end as kind,
        coalesce(defects.factor, 1) as factor,
        unnest(case
            when defects.kind = 'duplicate_line' and items.line_no = 1 then ['original', 'again']
            when defects.kind = 'test_order' then ['original', 'test']
            when defects.kind = 'orphan_line' and items.line_no = 1 then ['original', 'orphan']
            else ['original']
        end) as copy
        {%- endif %}
    from {{ ref('gen_order_items') }} as items
    {{ join_defects('items.order_key') }}
    {%- if var('dirt') > 2 %}
    where defects.kind is distinct from 'no_items'
    {%- endif %}

)

select
    {%- if var('dirt') > 0 %}
    'o' || (items.order_key + case copy when 'test' then 8 when 'orphan' then 9 else 0 end) as order_id,
    items.line_no,
    case items.kind
        when 'unknown_sku' then 'x' || items.product_no || '-old'
        when 'null_product' then null
        else {{ product_key('items.product_no') }}
    end as product_id,
    {%- else %}
    'o' || items.order_key as order_id,
    items.line_no,
    {{ product_key('items.product_no') }} as product_id,
    {%- endif %}
    coalesce(products.family || ' no. ' || products.size_no, special.product_name) as description,
    {%- set quantity = "items.quantity" if var('dirt') < 3
        else "(case when items.kind = 'negative_quantity' then -items.quantity else items.quantity end)" %}
    {{ quantity }}::decimal(18, {{ 0 if var('format') == 'csv' else 4 }}) as quantity,
    {%- set factor = " * items.factor" if var('dirt') > 1 else "" %}
    {%- set price = "items.unit_price_cents" if var('dirt') < 3
        else "case when items.kind = 'zero_price' then 0 else items.unit_price_cents end" %}
    {{ money('(' ~ price ~ ')' ~ factor) }} as unit_price,
    {{ money('items.line_discount_cents' ~ factor) }} as discount_amount,
    {{ money('items.tax_cents' ~ factor) }} as tax_amount,
    items.is_gift,
    {{ money('items.compare_at_cents' ~ factor) }} as compare_at_price
from items
left join {{ ref('gen_products') }} as products on products.product_no = items.product_no
left join {{ ref('gen_special_products') }} as special on special.product_no = items.product_no
{%- if var('since') or var('until') %}
inner join {{ ref('gen_orders') }} as orders on orders.order_key = items.order_key
where {{ in_window('orders.ordered_at') }}
{%- endif %}
order by items.order_key, items.line_no{{ ', items.copy' if var('dirt') > 0 else '' }}
