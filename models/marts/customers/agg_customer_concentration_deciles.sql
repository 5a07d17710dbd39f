with

deciles as (

    select * from {{ ref('int_concentration_deciles') }}

),

periods as (

    select * from {{ ref('int_periods') }}

)

select
    deciles.period_grain,
    deciles.period_start,
    deciles.channel,
    deciles.measure,
    deciles.decile,
    periods.period_end,
    periods.is_complete,
    deciles.customers,
    deciles.amount,
    deciles.cumulative_amount,
    deciles.total_amount,
    {{ ratio('deciles.cumulative_amount', 'deciles.total_amount') }} as cumulative_share
from deciles
inner join periods
    on
        deciles.period_grain = periods.period_grain
        and deciles.period_start = periods.period_start
