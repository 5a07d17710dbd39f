{% set measures = [
    'retention', 'repeat', 'orders', 'gross_revenue', 'net_revenue', 'cumulative_net_revenue',
    'contribution', 'cumulative_contribution'
] -%}
{% set splits = ['all', 'store', 'channel', 'country', 'region', 'category', 'discounted'] -%}
with

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where period = 'current'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Who is meant by bounds of revenue; nobody is read where none are given.
customers as (

    select
        customers.customer_id,
        customers.net_revenue
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, of_periods := 'current'
    ) as customers
    where {{ asks_for_band() }} and not customers.is_anonymous

),

filtered as (

    select orders.order_id
    from {{ function('filtered_orders') }}({{ same_filters() }}) as orders
    left join customers
        on case when {{ asks_for_band() }} then orders.customer_id end = customers.customer_id
    where
        orders.is_new
        and {{ function('passes_band') }}(
            orders.customer_id, customers.net_revenue, revenue_min, revenue_max
        )

),

first_orders as (

    select * from {{ ref('int_customer_first_orders') }}

),

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

choices as (

    select
        case
            when
                {{ function('as_choice') }}(grain, 'month')
                in ('week', 'month', 'quarter', 'year')
                then {{ function('as_choice') }}(grain, 'month')
            else error('grain is none of: week, month, quarter, year')
        end as grain,
        case
            when
                {{ function('as_choice') }}(split_by, 'all')
                in ('{{ splits | join("', '") }}')
                then {{ function('as_choice') }}(split_by, 'all')
            else error('split_by is none of: {{ splits | join(", ") }}')
        end as split_by,
        case
            when
                {{ function('as_choice') }}(measure, 'retention')
                in ('{{ measures | join("', '") }}')
                then {{ function('as_choice') }}(measure, 'retention')
            else error('measure is none of: {{ measures | join(", ") }}')
        end as measure

),

-- The first order decides on all filters; what came after it counts wherever it was bought.
members as (

    select
        first_orders.customer_id,
        first_orders.first_order_date,
        first_orders.second_order_date,
        choices.grain,
        cast(date_trunc(choices.grain, first_orders.first_order_date) as date) as cohort,
        case choices.split_by
            when 'all' then '(all)'
            when 'store' then first_orders.store_id
            when 'channel' then first_orders.channel
            when 'country' then first_orders.country_code
            when 'region' then first_orders.region_id
            when 'category' then coalesce(first_orders.category, '(unknown)')
            when 'discounted' then cast(first_orders.is_discounted as varchar)
        end as split
    from first_orders
    inner join filtered
        on first_orders.order_id = filtered.order_id
    inner join periods
        on first_orders.first_order_date between periods.first_day and periods.last_day
    cross join choices

),

cohort_sizes as (

    select
        members.grain,
        members.cohort,
        members.split,
        count(*) as cohort_size
    from members
    group by members.grain, members.cohort, members.split

),

-- A refund booked before the first order of the data counts in the first period.
member_periods as (

    select
        members.customer_id,
        members.cohort,
        members.split,
        greatest(
            date_diff(members.grain, members.cohort, cast(date_trunc(members.grain, customer_days.date) as date)),
            0
        ) as n,
        sum(customer_days.orders) as orders,
        sum(customer_days.gross_revenue) as gross_revenue,
        sum(customer_days.net_revenue) as net_revenue,
        case when count(customer_days.contribution) = count(*) then sum(customer_days.contribution) end
            as contribution
    from members
    inner join customer_days
        on members.customer_id = customer_days.customer_id
    group by 1, 2, 3, 4

),

period_sums as (

    select
        member_periods.cohort,
        member_periods.split,
        member_periods.n,
        count(*) filter (where member_periods.orders > 0) as active_customers,
        sum(member_periods.orders) as orders,
        sum(member_periods.gross_revenue) as gross_revenue,
        sum(member_periods.net_revenue) as net_revenue,
        case
            when count(member_periods.contribution) = count(*) then sum(member_periods.contribution)
        end as contribution
    from member_periods
    group by member_periods.cohort, member_periods.split, member_periods.n

),

second_sums as (

    select
        members.cohort,
        members.split,
        date_diff(
            members.grain, members.cohort, cast(date_trunc(members.grain, members.second_order_date) as date)
        ) as n,
        count(*) as second_orders
    from members
    where members.second_order_date is not null
    group by 1, 2, 3

),

cohort_periods as (

    select
        cohort_sizes.grain,
        cohort_sizes.cohort,
        cohort_sizes.split,
        cohort_sizes.cohort_size,
        unnest(
            generate_series(
                0,
                date_diff(
                    cohort_sizes.grain,
                    cohort_sizes.cohort,
                    cast(date_trunc(cohort_sizes.grain, as_of.as_of - 1) as date)
                )
            )
        ) as n
    from cohort_sizes
    cross join as_of

),

cells as (

    select
        cohort_periods.cohort,
        cohort_periods.split,
        cohort_periods.n,
        cohort_periods.cohort_size,
        case cohort_periods.grain
            when 'week' then cohort_periods.cohort + cast(7 * (cohort_periods.n + 1) as integer)
            when 'month'
                then cast(cohort_periods.cohort + to_months(cast(cohort_periods.n + 1 as integer)) as date)
            when 'quarter'
                then cast(cohort_periods.cohort + to_months(cast(3 * (cohort_periods.n + 1) as integer)) as date)
            else cast(cohort_periods.cohort + to_months(cast(12 * (cohort_periods.n + 1) as integer)) as date)
        end <= as_of.as_of as is_complete,
        coalesce(period_sums.active_customers, 0) as active_customers,
        coalesce(period_sums.orders, 0) as orders,
        coalesce(period_sums.gross_revenue, 0) as gross_revenue,
        coalesce(period_sums.net_revenue, 0) as net_revenue,
        sum(coalesce(period_sums.net_revenue, 0)) over so_far as cumulative_net_revenue,
        case when period_sums.n is null then 0 else period_sums.contribution end as contribution,
        case
            when
                count(*) filter (where period_sums.n is not null and period_sums.contribution is null)
                over so_far = 0
                then sum(coalesce(period_sums.contribution, 0)) over so_far
        end as cumulative_contribution,
        sum(coalesce(second_sums.second_orders, 0)) over so_far as repeat_customers
    from cohort_periods
    cross join as_of
    left join period_sums
        on
            cohort_periods.cohort = period_sums.cohort
            and cohort_periods.split is not distinct from period_sums.split
            and cohort_periods.n = period_sums.n
    left join second_sums
        on
            cohort_periods.cohort = second_sums.cohort
            and cohort_periods.split is not distinct from second_sums.split
            and cohort_periods.n = second_sums.n
    window so_far as (
        partition by cohort_periods.cohort, cohort_periods.split
        order by cohort_periods.n
        rows between unbounded preceding and current row
    )

),

measured_cells as (

    select
        cells.cohort,
        cells.split,
        cells.n,
        cells.cohort_size,
        cells.is_complete,
        choices.measure,
        cast(
            case choices.measure
                when 'retention' then cells.active_customers
                when 'repeat' then cells.repeat_customers
                when 'orders' then cells.orders
                when 'gross_revenue' then cells.gross_revenue
                when 'net_revenue' then cells.net_revenue
                when 'cumulative_net_revenue' then cells.cumulative_net_revenue
                when 'contribution' then cells.contribution
                when 'cumulative_contribution' then cells.cumulative_contribution
            end as decimal(38, 4)
        ) as numerator
    from cells
    cross join choices

)

select
    measured_cells.cohort,
    coalesce(measured_cells.split, '(unknown)') as split,
    measured_cells.n,
    measured_cells.measure,
    measured_cells.cohort_size,
    case when measured_cells.is_complete then measured_cells.numerator end as numerator,
    case
        when measured_cells.is_complete
            then {{ ratio('measured_cells.numerator', 'measured_cells.cohort_size') }}
    end as value,
    measured_cells.is_complete
from measured_cells
order by measured_cells.cohort, measured_cells.split, measured_cells.n
