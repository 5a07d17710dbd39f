with appetites as (

    select
        region_id,
        population * appetite as weight
    from {{ ref('law_regions') }}

)

{{ slots('appetites', 'region_id', 'weight', 4096) }}
