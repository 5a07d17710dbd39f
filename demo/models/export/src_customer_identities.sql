{{ config(
    materialized='external',
    location=var('output') ~ '/customer_identities.' ~ var('format'),
    format=var('format'),
) }}

-- Other keys of the same people: second accounts that the shop has linked, and loyalty cards.
with people as (

    select
        customer_no,
        duplicate_kind,
        loyalty_tier,
        created_at,
        loyalty_joined_at
    from {{ ref('gen_customers') }}

),

identities as (

    select
        'account' as source,
        'c' || customer_no || 'b' as source_customer_key,
        customer_no
    from people
    where
        duplicate_kind = 'linked'
        and {{ in_window('created_at') }}

    union all

    select
        'loyalty',
        'L' || lpad(customer_no::varchar, 8, '0'),
        customer_no
    from people
    where
        loyalty_tier is not null
        and {{ in_window('loyalty_joined_at') }}

)

select
    source,
    source_customer_key,
    'c' || customer_no as customer_id
from identities
order by source, customer_no
