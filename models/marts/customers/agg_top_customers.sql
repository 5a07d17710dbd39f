with

customer_periods as (

    select * from {{ ref('int_customer_periods') }}

),

periods as (

    select
        period_grain,
        period_start,
        period_end,
        is_complete
    from {{ ref('int_periods') }}

),

ranked_customers as (

    select
        *,
        rank() over (partition by period_grain, period_start, channel order by gross_revenue desc)
            as rank,
        row_number() over (
            partition by period_grain, period_start, channel
            order by gross_revenue desc, net_revenue desc, orders desc, customer_id
        ) as position
    from customer_periods
    where orders > 0 and customer_id <> '(anonymous)'

),

-- Each rank again, dated one period later: what was in the period before.
previous_ranks as (

    select
        ranked_customers.period_grain,
        periods.period_start,
        ranked_customers.channel,
        ranked_customers.customer_id,
        ranked_customers.rank
    from ranked_customers
    inner join periods
        on
            ranked_customers.period_grain = periods.period_grain
            and ranked_customers.period_end + 1 = periods.period_start

),

moved_customers as (

    select
        coalesce(ranked_customers.period_grain, previous_ranks.period_grain) as period_grain,
        coalesce(ranked_customers.period_start, previous_ranks.period_start) as period_start,
        coalesce(ranked_customers.channel, previous_ranks.channel) as channel,
        coalesce(ranked_customers.customer_id, previous_ranks.customer_id) as customer_id,
        ranked_customers.rank,
        ranked_customers.position,
        previous_ranks.rank as rank_prev,
        ranked_customers.orders,
        ranked_customers.units,
        ranked_customers.gross_revenue,
        ranked_customers.discount_amount,
        ranked_customers.refund_amount,
        ranked_customers.net_revenue
    from ranked_customers
    full join previous_ranks
        on
            ranked_customers.period_grain = previous_ranks.period_grain
            and ranked_customers.period_start = previous_ranks.period_start
            and ranked_customers.channel = previous_ranks.channel
            and ranked_customers.customer_id = previous_ranks.customer_id

),

-- The anonymous are nobody in particular: one row without a rank, so that the sums agree.
anonymous_totals as (

    select
        period_grain,
        period_start,
        channel,
        customer_id,
        cast(null as bigint) as rank,
        cast(null as bigint) as position,
        cast(null as bigint) as rank_prev,
        orders,
        units,
        gross_revenue,
        discount_amount,
        refund_amount,
        net_revenue
    from customer_periods
    where customer_id = '(anonymous)'

),

listed_customers as (

    select * from moved_customers
    {% if var('top_customers_max_rank', none) is not none %}
    where
        rank <= {{ var('top_customers_max_rank') }}
        or rank_prev <= {{ var('top_customers_max_rank') }}
    {% endif %}
    union all
    select * from anonymous_totals

)

select
    listed_customers.period_grain,
    listed_customers.period_start,
    listed_customers.channel,
    listed_customers.customer_id,
    periods.period_end,
    periods.is_complete,
    listed_customers.rank,
    listed_customers.position,
    listed_customers.rank_prev,
    listed_customers.rank_prev - listed_customers.rank as rank_change,
    case
        when listed_customers.customer_id = '(anonymous)' then null
        when listed_customers.period_grain = 'all' then null
        when listed_customers.rank is null then 'left'
        when listed_customers.rank_prev is null then 'entered'
        when listed_customers.rank < listed_customers.rank_prev then 'up'
        when listed_customers.rank > listed_customers.rank_prev then 'down'
        else 'same'
    end as status,
    coalesce(listed_customers.orders, 0) as orders,
    coalesce(listed_customers.units, 0) as units,
    coalesce(listed_customers.gross_revenue, 0) as gross_revenue,
    coalesce(listed_customers.discount_amount, 0) as discount_amount,
    coalesce(listed_customers.refund_amount, 0) as refund_amount,
    coalesce(listed_customers.net_revenue, 0) as net_revenue
from listed_customers
inner join periods
    on
        listed_customers.period_grain = periods.period_grain
        and listed_customers.period_start = periods.period_start
