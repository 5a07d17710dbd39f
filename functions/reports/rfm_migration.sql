with

states_before as (

    select states.*
    from {{ function('rfm') }}(
        {% if var('rfm_window_days') is none %}null{% else %}{{ function('as_date') }}(from_date) - {{ var('rfm_window_days') - 1 }}{% endif %},
        from_date, preset := preset, scope := scope,
        {{ same_filters() }}, {{ same_band() }}
    ) as states
    where states.segment <> 'unreliable'

),

states_after as (

    select states.*
    from {{ function('rfm') }}(
        {% if var('rfm_window_days') is none %}null{% else %}{{ function('as_date') }}(to_date) - {{ var('rfm_window_days') - 1 }}{% endif %},
        to_date, preset := preset, scope := scope,
        {{ same_filters() }}, {{ same_band() }}
    ) as states
    where states.segment <> 'unreliable'

),

moves as (

    select
        coalesce(states_before.segment, 'entered') as from_segment,
        coalesce(states_after.segment, 'left') as to_segment,
        count(*) as customers,
        coalesce(sum(states_before.net_revenue), 0) as net_revenue_before,
        coalesce(sum(states_after.net_revenue), 0) as net_revenue
    from states_before
    full join states_after
        on states_before.customer_id = states_after.customer_id
    group by 1, 2

),

rows_of_moves as (

    select
        moves.*,
        cast(sum(moves.customers) over (partition by moves.from_segment) as bigint) as from_customers
    from moves

)

select
    rows_of_moves.from_segment,
    rows_of_moves.to_segment,
    rows_of_moves.customers,
    rows_of_moves.from_customers,
    {{ ratio('rows_of_moves.customers', 'rows_of_moves.from_customers') }} as share_of_from,
    cast(rows_of_moves.net_revenue_before as decimal(18, 4)) as net_revenue_before,
    cast(rows_of_moves.net_revenue as decimal(18, 4)) as net_revenue
from rows_of_moves
order by rows_of_moves.from_segment, rows_of_moves.to_segment
