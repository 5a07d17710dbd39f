-- What a euro buys: new customers a day = efficiency * spend ** 0.7 * season.
with people as (

    select {{ var('customers') }} * (1 - {{ var('prospect_share') }}) / count(*) as a_day
    from {{ ref('gen_days') }}

)

select
    channels.channel,
    channels.cac_eur,
    people.a_day * channels.weight / sum(channels.weight) over () as customers_a_day,
    0.7 as exponent
from {{ ref('law_channels') }} as channels
cross join people
