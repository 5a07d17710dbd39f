{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'marketing_spend') }}

),

cleaned as (

    select
        'canonical' as source,
        spend_date,
        channel,
        coalesce(trim(campaign), '') as campaign,
        coalesce(trim(region_id), '') as region_id,
        coalesce(amount, 0) as amount,
        upper(trim(currency)) as currency,
        impressions,
        clicks,
        coalesce(lower(trim(purpose)), 'acquisition') as purpose
    from source
    where spend_date is not null and channel is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'spend_date', 'channel', 'campaign', 'region_id'],
    ['amount desc nulls last'],
) }}
