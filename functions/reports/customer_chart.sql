with

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where period = 'current'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

windows as (

    select * from {{ ref('int_inactivity_window') }}

),

orders as (

    select * from {{ function('filtered_orders') }}({{ same_filters() }})

),

events as (

    select * from {{ ref('fct_customer_lifecycle_events') }}

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

profiles as (

    select * from {{ ref('dim_customers') }}

),

choices as (

    select
        case {{ function('as_choice') }}(grain, 'month')
            when 'day' then 'day'
            when 'week' then 'week'
            when 'month' then 'month'
            else error('grain is none of: day, week, month')
        end as grain,
        case {{ function('as_choice') }}(lost_on, 'lapse')
            when 'lapse' then 'lapse'
            when 'last_order' then 'last_order'
            else error('lost_on is none of: lapse, last_order')
        end as lost_on

),

longest_window as (

    select coalesce(max(windows.window_days), 0) as window_days
    from windows

),

bucket_starts as (

    select
        choices.grain,
        choices.lost_on,
        periods.first_day,
        periods.last_day,
        cast(
            unnest(
                generate_series(
                    date_trunc(choices.grain, periods.first_day),
                    periods.last_day,
                    case choices.grain
                        when 'day' then interval 1 day
                        when 'week' then interval 7 days
                        else interval 1 month
                    end
                )
            ) as date
        ) as bucket
    from periods
    cross join choices

),

-- The first and the last bucket end where the period does.
buckets as (

    select
        bucket_starts.grain,
        bucket_starts.lost_on,
        bucket_starts.bucket,
        greatest(bucket_starts.bucket, bucket_starts.first_day) as first_day,
        least(
            cast(
                case bucket_starts.grain
                    when 'day' then bucket_starts.bucket
                    when 'week' then bucket_starts.bucket + 6
                    else last_day(bucket_starts.bucket)
                end as date
            ),
            bucket_starts.last_day
        ) as last_day
    from bucket_starts

),

-- Who bought nothing in the period brought 0 in it.
chosen_orders as (

    select
        orders.customer_id,
        orders.order_date,
        orders.is_new,
        profiles.first_order_date
    from orders
    inner join profiles
        on orders.customer_id = profiles.customer_id
    left join customers
        on case when {{ asks_for_band() }} then orders.customer_id end = customers.customer_id
    where
        orders.customer_id is not null
        and {{ function('passes_band') }}(
            orders.customer_id, coalesce(customers.net_revenue, 0), revenue_min, revenue_max
        )

),

chosen_days as (

    select
        chosen_orders.customer_id,
        chosen_orders.order_date
    from chosen_orders
    group by chosen_orders.customer_id, chosen_orders.order_date

),

purchases as (

    select
        buckets.bucket,
        count(distinct chosen_orders.customer_id) as total_customers,
        count(distinct chosen_orders.customer_id) filter (where chosen_orders.is_new)
            as new_customers,
        count(distinct chosen_orders.customer_id) filter (
            where chosen_orders.first_order_date < buckets.first_day
        ) as returning_customers
    from buckets
    inner join chosen_orders
        on chosen_orders.order_date between buckets.first_day and buckets.last_day
    group by buckets.bucket

),

-- An event passes the filters with an order of its day, a loss with one of the last day before it.
dated_events as (

    select
        events.customer_id,
        events.event,
        case
            when events.event = 'lapsed' and choices.lost_on = 'last_order'
                then events.last_order_date
            else events.event_date
        end as event_date
    from events
    cross join choices
    inner join chosen_days
        on
            events.customer_id = chosen_days.customer_id
            and case
                when events.event = 'reactivated' then events.event_date
                else events.last_order_date
            end = chosen_days.order_date
    where events.event in ('reactivated', 'lapsed', 'lost_refunded')

),

moves as (

    select
        buckets.bucket,
        count(distinct dated_events.customer_id) filter (where dated_events.event = 'lost_refunded')
            as lost_refunded,
        count(distinct dated_events.customer_id) filter (where dated_events.event = 'lapsed')
            as lost_lapsed,
        count(distinct dated_events.customer_id) filter (where dated_events.event = 'reactivated')
            as reactivated_customers
    from buckets
    inner join dated_events
        on dated_events.event_date between buckets.first_day and buckets.last_day
    group by buckets.bucket

)

select
    buckets.bucket,
    buckets.first_day,
    buckets.last_day,
    buckets.last_day < as_of.as_of as is_complete,
    case when buckets.first_day < as_of.as_of then coalesce(purchases.new_customers, 0) end
        as new_customers,
    case when buckets.first_day < as_of.as_of then coalesce(purchases.returning_customers, 0) end
        as returning_customers,
    case when buckets.first_day < as_of.as_of then coalesce(moves.reactivated_customers, 0) end
        as reactivated_customers,
    case when buckets.first_day < as_of.as_of then coalesce(purchases.total_customers, 0) end
        as total_customers,
    case when buckets.last_day < as_of.as_of then coalesce(moves.lost_refunded, 0) end
        as lost_refunded,
    case
        when
            buckets.last_day
            + case when buckets.lost_on = 'last_order' then longest_window.window_days + 1 else 0 end
            < as_of.as_of
            then coalesce(moves.lost_lapsed, 0)
    end as lost_lapsed
from buckets
cross join as_of
cross join longest_window
left join purchases
    on buckets.bucket = purchases.bucket
left join moves
    on buckets.bucket = moves.bucket
order by buckets.bucket
