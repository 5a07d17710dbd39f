-- Whichever way the macro takes, the result is the product in 38 digits, rounded half away from 0.
with

amounts as (

    select unnest([
        0, 0.0001, -0.0001, 0.00005, 1, 2.5, -2.5, 9999.9999, -9999.9999, 10000, 10000.0001,
        999999.9999, -999999.9999, 1000000, 123456789.0123, -999999999.9999
    ]::decimal(18, 4)[]) as amount

),

rates as (

    select unnest([
        0.00000001, 0.5, 0.00005, 0.33333333, 0.99999999, 1, 1.00000001, 4.30005, 99.99999999, 100,
        15000.5
    ]::decimal(18, 8)[]) as rate

),

converted as (

    select
        amounts.amount,
        rates.rate,
        {{ at_rate('amounts.amount', 'rates.rate') }} as actual,
        cast(
            cast(amounts.amount as decimal(38, 4)) * rates.rate as decimal(18, 4)
        ) as expected
    from amounts
    cross join rates

)

select *
from converted
where actual is distinct from expected
