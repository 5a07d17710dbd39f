{{ config(
    materialized='external',
    location=var('output') ~ '/products.' ~ var('format'),
    format=var('format'),
) }}

-- Families, which nobody buys, and their sizes.
with families as (

    select
        family_no * 100 as product_no,
        {{ product_sku('category', 'family_no * 100') }} as sku,
        family as product_name,
        category,
        subcategory,
        vendor,
        null::bigint as cost_cents,
        null::bigint as price_cents,
        null::integer as parent_no,
        true as is_merchandise,
        false as is_gift_card
    from {{ ref('law_families') }}

),

sizes as (

    select
        product_no,
        {{ product_sku('category', 'product_no') }} as sku,
        family || ' no. ' || size_no as product_name,
        category,
        subcategory,
        vendor,
        cost_cents,
        price_cents,
        family_no * 100 as parent_no,
        true as is_merchandise,
        false as is_gift_card
    from {{ ref('gen_products') }}

),

specials as (

    select
        product_no,
        sku,
        product_name,
        null::varchar as category,
        null::varchar as subcategory,
        null::varchar as vendor,
        0 as cost_cents,
        price_cents,
        null::integer as parent_no,
        not is_gift_card as is_merchandise,
        is_gift_card
    from {{ ref('gen_special_products') }}

),

everything as (

    select * from families
    union all
    select * from sizes
    union all
    select * from specials

)

select
    {{ product_key('product_no') }} as product_id,
    sku,
    product_name,
    category,
    subcategory,
    vendor,
    {{ money('cost_cents') }} as unit_cost,
    {{ money('price_cents') }} as list_price,
    'EUR' as currency,
    is_merchandise,
    timestamp '{{ var("start_date") }}' as created_at,
    {{ product_key('parent_no') }} as parent_product_id,
    is_gift_card
from everything
order by product_no
