{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'marketing_spend') }}

)

select
    _source as source,
    spend_date,
    channel,
    coalesce(trim(campaign), '') as campaign,
    coalesce(trim(region_id), '') as region_id,
    amount,
    upper(trim(currency)) as currency,
    impressions,
    clicks,
    coalesce(lower(trim(purpose)), 'acquisition') as purpose
from source
where spend_date is not null and channel is not null
