{{ config(materialized='ephemeral') }}

with

heads as (

    select *
    from {{ ref('stg_shopify__rows') }}
    where is_head

),

-- Several codes stand in one cell; how much each of them took off is not in the export.
codes as (

    select
        *,
        case
            when discount_code is null then [null]
            else list_filter(
                list_transform(string_split(discount_code, ','), lambda code: trim(code)),
                lambda code: code <> ''
            )
        end as codes
    from heads
    where discount_amount > 0

),

numbered_codes as (

    select
        source,
        order_id,
        discount_amount,
        len(codes) as code_count,
        unnest(codes) as code,
        generate_subscripts(codes, 1) as code_no
    from codes

)

-- Equal parts in cents, the first with what is left over.
select
    source,
    order_id,
    code,
    {{ equal_share('discount_amount', 'code_no', 'code_count') }} as amount,
    case when code is null then 'automatic' else 'coupon' end as discount_type
from numbered_codes
