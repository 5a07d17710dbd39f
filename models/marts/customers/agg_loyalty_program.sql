with

customers as (

    select *
    from {{ ref('dim_customers') }}
    where identity_reliable

),

snapshots as (

    select *
    from {{ ref('fct_rfm_snapshots') }}
    where preset = '{{ var("rfm_preset") }}'

),

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid and not is_anonymous

),

months as (

    select * from {{ ref('int_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

joined_months as (

    select cast(date_trunc('month', loyalty_joined_date) as date) as month
    from customers
    where loyalty_joined_date is not null
    group by 1

),

-- The window begins for everybody on the day after the month of joining.
windows as (

    select
        months.month,
        months.month_end + 1 as window_start,
        months.month_end + {{ var('loyalty_window_days') }} as window_end,
        months.month_end + {{ var('loyalty_window_days') }} < as_of.as_of as is_complete
    from months
    inner join joined_months
        on months.month = joined_months.month
    cross join as_of

),

-- What somebody was before the month: the segment then. Who had not bought has nobody to be
-- compared with.
people as (

    select
        windows.month,
        customers.customer_id,
        customers.loyalty_joined_date is not null
        and customers.loyalty_joined_date between windows.month and windows.window_start - 1
            as is_member,
        coalesce(
            snapshots.segment,
            case when customers.first_order_date < windows.month then 'out_of_window' end
        ) as segment_before
    from customers
    inner join windows
        on
            customers.loyalty_joined_date between windows.month and windows.window_start - 1
            or (
                customers.first_order_date < windows.month
                and coalesce(customers.loyalty_joined_date > windows.window_end, true)
            )
    left join snapshots
        on
            customers.customer_id = snapshots.customer_id
            and windows.month = snapshots.as_of

),

purchases as (

    select
        orders.customer_id,
        windows.month,
        count(*) as orders,
        sum(orders.net_revenue_order_basis) as net_revenue
    from orders
    inner join windows
        on orders.order_date between windows.window_start and windows.window_end
    group by orders.customer_id, windows.month

),

measured_people as (

    select
        people.month,
        people.is_member,
        people.segment_before,
        count(*) as customers,
        count(*) filter (where purchases.orders >= 1) as buyers,
        count(*) filter (where purchases.orders >= 2) as repeat_customers,
        coalesce(sum(purchases.orders), 0) as orders,
        coalesce(sum(purchases.net_revenue), 0) as net_revenue
    from people
    left join purchases
        on
            people.customer_id = purchases.customer_id
            and people.month = purchases.month
    group by people.month, people.is_member, people.segment_before

),

-- Members of a segment that somebody else was in too, and these others.
matched_segments as (

    select
        members.month,
        members.segment_before,
        members.customers as members,
        others.customers as others
    from measured_people as members
    inner join measured_people as others
        on
            members.month = others.month
            and members.segment_before = others.segment_before
    where members.is_member and not others.is_member

),

-- Others count as many as there are members of their segment, so that both are of one mix.
weighted_people as (

    select
        measured_people.month,
        measured_people.is_member,
        case
            when measured_people.is_member then 1
            else cast(matched_segments.members as double) / matched_segments.others
        end as weight,
        measured_people.customers,
        measured_people.buyers,
        measured_people.repeat_customers,
        measured_people.orders,
        measured_people.net_revenue
    from measured_people
    inner join matched_segments
        on
            measured_people.month = matched_segments.month
            and measured_people.segment_before = matched_segments.segment_before

),

groups as (

    select
        month,
        case when is_member then 'member' else 'non_member' end as member,
        'all' as basis,
        cast(sum(customers) as double) as customers,
        cast(sum(customers) as bigint) as people,
        cast(sum(buyers) as double) as buyers,
        cast(sum(repeat_customers) as double) as repeat_customers,
        cast(sum(orders) as double) as orders,
        cast(sum(net_revenue) as double) as net_revenue
    from measured_people
    group by month, is_member
    union all
    select
        month,
        case when is_member then 'member' else 'non_member' end as member,
        'matched' as basis,
        sum(weight * customers) as customers,
        cast(sum(customers) as bigint) as people,
        sum(weight * buyers) as buyers,
        sum(weight * repeat_customers) as repeat_customers,
        sum(weight * orders) as orders,
        sum(weight * cast(net_revenue as double)) as net_revenue
    from weighted_people
    group by month, is_member

),

since_join as (

    select
        cast(date_trunc('month', customers.loyalty_joined_date) as date) as month,
        sum(orders.net_revenue_order_basis) as net_revenue_since_join
    from customers
    inner join orders
        on
            customers.customer_id = orders.customer_id
            and customers.loyalty_joined_date <= orders.order_date
    where customers.loyalty_joined_date is not null
    group by all

)

select
    groups.month,
    groups.member,
    groups.basis,
    windows.is_complete,
    groups.people,
    groups.customers,
    case when windows.is_complete then groups.buyers end as buyers,
    case when windows.is_complete then groups.repeat_customers end as repeat_customers,
    case when windows.is_complete and groups.customers > 0
        then groups.repeat_customers / groups.customers
    end as repeat_rate,
    case when windows.is_complete then groups.orders end as orders,
    case when windows.is_complete then groups.net_revenue end as net_revenue,
    case when windows.is_complete and groups.orders > 0
        then groups.net_revenue / groups.orders
    end as aov,
    case when windows.is_complete and groups.customers > 0
        then groups.net_revenue / groups.customers
    end as net_revenue_per_customer,
    case
        when groups.member = 'member' and groups.basis = 'all'
            then cast(coalesce(since_join.net_revenue_since_join, 0) as decimal(18, 4))
    end as net_revenue_since_join,
    groups.people < {{ var('low_n_threshold') }} as is_low_n,
    groups.basis = 'matched' as is_causal
from groups
inner join windows
    on groups.month = windows.month
left join since_join
    on groups.month = since_join.month
