{{ config(
    materialized='external',
    location=layout_file('olist', 'olist_marketing_qualified_leads_dataset.csv'),
    format='csv',
) }}

-- Leads of all countries; the day of the first contact, and where they came from.
select
    {{ olist_id("'l' || customer_no || '-' || lead_no") }} as mql_id,
    created_at::date as first_contact_date,
    {{ olist_id(campaign_name('source', 'created_at')) }} as landing_page_id,
    case source
        when 'organic' then 'organic_search'
        when 'paid_search' then 'paid_search'
        when 'paid_social' then 'social'
        when 'direct' then 'direct_traffic'
        when 'affiliate' then 'other_publicities'
        else source
    end as origin
from {{ ref('gen_leads') }}
order by customer_no, lead_no
