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

order by rate_date, from_currency
