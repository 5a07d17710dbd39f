{{ config(materialized='ephemeral') }}

with

source as (

    select * from {{ source('canonical', 'surveys') }}

),

cleaned as (

    select
        'canonical' as source,
        response_id,
        lower(trim(survey_type)) as survey_type,
        customer_id,
        order_id,
        sent_at,
        responded_at,
        score,
        comment,
        wave
    from source
    where response_id is not null

)

{{ one_row_per_key(
    'cleaned',
    ['source', 'response_id'],
    ['responded_at desc nulls last', 'score nulls last', 'sent_at desc nulls last'],
) }}
