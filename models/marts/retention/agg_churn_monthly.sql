with

customer_months as (

    select * from {{ ref('int_customer_months') }}

),

windows as (

    select * from {{ ref('int_customer_windows') }}

),

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

months as (

    select * from {{ ref('int_months') }}

),

-- A customer belongs to the store of the first order and to the segment held when the month began.
placed_months as (

    select
        customer_months.*,
        windows.store_id,
        windows.window_days,
        case
            when customer_months.month_number = 0 then 'prospect'
            else coalesce(snapshots.segment, 'out_of_window')
        end as segment,
        not customer_months.is_active_start
        and customer_months.month_number > 0
        and customer_months.orders > 0 as is_reactivated,
        not customer_months.is_active_end
        and (customer_months.is_active_start or customer_months.orders > 0) as is_churned
    from customer_months
    inner join windows
        on customer_months.customer_id = windows.customer_id
    left join snapshots
        on
            customer_months.customer_id = snapshots.customer_id
            and customer_months.month = snapshots.as_of

),

month_sums as (

    select
        month,
        case when grouping(store_id) = 0 then store_id else '(all)' end as store_id,
        case when grouping(segment) = 0 then segment else '(all)' end as segment,
        case when min(window_days) = max(window_days) then max(window_days) end as window_days,
        count(*) filter (where is_active_start) as active_start,
        count(*) filter (where month_number > 0 and not is_active_start) as lapsed_start,
        count(*) filter (where month_number = 0) as new_customers,
        count(*) filter (where is_reactivated) as reactivated_customers,
        count(*) filter (where is_churned) as churned_customers,
        count(*) filter (where is_active_start and is_churned) as churned_active_customers,
        count(*) filter (where is_active_end) as active_end,
        coalesce(sum(trailing_365_net_revenue_start) filter (where is_active_start), 0)
            as active_start_net_revenue,
        coalesce(
            sum(trailing_365_net_revenue_start) filter (where is_active_start and is_churned), 0
        ) as churned_net_revenue
    from placed_months
    group by grouping sets (
        (month),
        (month, store_id),
        (month, segment),
        (month, store_id, segment)
    )

),

-- What the running month will bring is not known before it is over.
known_sums as (

    select
        month_sums.month,
        month_sums.store_id,
        month_sums.segment,
        months.is_complete,
        month_sums.window_days,
        month_sums.active_start,
        month_sums.lapsed_start,
        month_sums.new_customers,
        month_sums.active_start_net_revenue,
        case when months.is_complete then month_sums.reactivated_customers end
            as reactivated_customers,
        case when months.is_complete then month_sums.churned_customers end as churned_customers,
        case when months.is_complete then month_sums.churned_active_customers end
            as churned_active_customers,
        case when months.is_complete then month_sums.active_end end as active_end,
        case when months.is_complete then month_sums.churned_net_revenue end as churned_net_revenue
    from month_sums
    inner join months
        on month_sums.month = months.month

)

select
    month,
    store_id,
    segment,
    is_complete,
    'month_end_inactivity' as method,
    window_days,
    active_start,
    lapsed_start,
    new_customers,
    reactivated_customers,
    churned_customers,
    churned_active_customers,
    active_end,
    new_customers + reactivated_customers - churned_customers as net_customer_growth,
    {{ ratio('churned_active_customers', 'active_start') }} as logo_churn_rate,
    active_start_net_revenue,
    churned_net_revenue,
    {{ ratio('churned_net_revenue', 'active_start_net_revenue') }} as revenue_churn_rate,
    {{ ratio('reactivated_customers', 'lapsed_start') }} as reactivation_rate
from known_sums
