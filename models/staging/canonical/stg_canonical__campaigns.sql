{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'campaigns') }}

)

select
    _source as source,
    campaign_id,
    campaign_name,
    lower(trim(channel)) as channel,
    sent_at,
    audience_key,
    holdout_share,
    cost,
    upper(trim(currency)) as currency
from source
where campaign_id is not null
