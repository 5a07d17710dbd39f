{{ config(
    materialized='external',
    location=var('output') ~ '/fx_rates.' ~ var('format'),
    format=var('format'),
) }}

-- Zloty a euro: 4.30 with two slow waves and a daily tremor.
with days as (

    select
        day,
        date_diff('day', date '2000-01-01', day) as age,
        {{ digest('fx', "'PLN'", "strftime(day, '%Y-%m-%d')") }} as fx_digest
    from {{ ref('gen_days') }}
    where {{ in_window('day') }}

),

rates as (

    select
        day,
        round(
            4.30
            * (
                1
                + 0.030 * sin(age / 97.0)
                + 0.012 * sin(age / 23.0)
                + 0.006 * ({{ draw('fx_digest') }} - 0.5)
            ),
            4
        )::decimal(18, 4) as zloty
    from days

)

select
    day as rate_date,
    'EUR' as from_currency,
    'PLN' as to_currency,
    zloty::decimal(18, 8) as rate
from rates

union all

select
    day,
    'PLN',
    'EUR',
    round(1 / zloty::double, 8)::decimal(18, 8)
from rates

{%- if var('dirt') > 1 %}

union all

-- lei, which the shop books at five to the euro
select
    days.day,
    pairs.from_currency,
    pairs.to_currency,
    pairs.rate::decimal(18, 8)
from days
cross join (values ('EUR', 'RON', 5.0), ('RON', 'EUR', 0.2)) as pairs (from_currency, to_currency, rate)
{%- endif %}

order by rate_date, from_currency, to_currency
