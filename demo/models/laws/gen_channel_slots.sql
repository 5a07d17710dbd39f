with channels as (

    select
        channel,
        weight
    from {{ ref('law_channels') }}

)

{{ slots('channels', 'channel', 'weight', 1000) }}
