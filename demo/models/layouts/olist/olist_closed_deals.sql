{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_closed_deals_dataset.csv'),
    format='csv',
) }}

-- Leads that were won. The person stands where Olist has its seller.
select
    {{ olist_id("'l' || customer_no || '-' || lead_no") }} as mql_id,
    {{ olist_id("'c' || customer_no") }} as seller_id,
    {{ olist_id("'sdr ' || customer_no % 5") }} as sdr_id,
    {{ olist_id("'sr ' || customer_no % 7") }} as sr_id,
    converted_at as won_date,
    'home_decor' as business_segment,
    case quality when 'A' then 'online_big' when 'B' then 'online_medium' else 'online_small' end
    as lead_type,
    null::varchar as lead_behaviour_profile,
    null::varchar as has_company,
    null::varchar as has_gtin,
    null::varchar as average_stock,
    'reseller' as business_type,
    null::varchar as declared_product_catalog_size,
    '0.0' as declared_monthly_revenue
from {{ ref('gen_leads') }}
where converted_at is not null
order by customer_no, lead_no
