{{ config(materialized='ephemeral') }}

with

leads as (

    select * from {{ source('olist', 'qualified_leads') }}

),

deals as (

    select * from {{ source('olist', 'closed_deals') }}

),

first_deals as (

    select
        _source,
        mql_id,
        min(won_date) as won_at
    from deals
    group by _source, mql_id

)

select
    leads._source as source,
    leads.mql_id as lead_id,
    cast(leads.first_contact_date as timestamp) as created_at,
    leads.origin as lead_source,
    case when first_deals.mql_id is not null then 'converted' else 'open' end as status,
    first_deals.won_at as converted_at
from leads
left join first_deals
    on
        leads._source = first_deals._source
        and leads.mql_id = first_deals.mql_id
