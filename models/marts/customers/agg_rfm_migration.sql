with

snapshots as (

    select
        customer_id,
        preset,
        month,
        as_of,
        segment,
        net_revenue
    from {{ ref('fct_rfm_snapshots') }}

),

months as (

    select * from {{ ref('int_months') }}

),

-- The state at the end of the month before is seen on the first day of this one.
states_before as (

    select
        snapshots.customer_id,
        snapshots.preset,
        snapshots.as_of as month,
        snapshots.segment,
        snapshots.net_revenue
    from snapshots
    inner join months
        on snapshots.as_of = months.month

),

moves as (

    select
        coalesce(snapshots.month, states_before.month) as month,
        coalesce(snapshots.preset, states_before.preset) as preset,
        coalesce(states_before.segment, 'entered') as from_segment,
        coalesce(snapshots.segment, 'left') as to_segment,
        count(*) as customers,
        coalesce(sum(states_before.net_revenue), 0) as net_revenue_before,
        coalesce(sum(snapshots.net_revenue), 0) as net_revenue
    from snapshots
    full join states_before
        on
            snapshots.customer_id = states_before.customer_id
            and snapshots.preset = states_before.preset
            and snapshots.month = states_before.month
    group by 1, 2, 3, 4

),

rows_of_moves as (

    select
        *,
        cast(sum(customers) over (partition by month, preset, from_segment) as bigint)
            as from_customers
    from moves

)

select
    rows_of_moves.month,
    rows_of_moves.preset,
    rows_of_moves.from_segment,
    rows_of_moves.to_segment,
    months.as_of,
    months.is_complete,
    rows_of_moves.customers,
    rows_of_moves.from_customers,
    {{ ratio('rows_of_moves.customers', 'rows_of_moves.from_customers') }} as share_of_from,
    cast(rows_of_moves.net_revenue_before as decimal(18, 4)) as net_revenue_before,
    cast(rows_of_moves.net_revenue as decimal(18, 4)) as net_revenue
from rows_of_moves
inner join months
    on rows_of_moves.month = months.month
