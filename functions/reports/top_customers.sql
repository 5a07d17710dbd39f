{%- set least_orders -%}
    coalesce({{ function('as_row_count') }}(min_orders, 'min_orders'), 2)
{%- endset -%}
with

customers as (

    select *
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}, of_periods := 'current, prev'
    )

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select
        bool_and(
            case
                when
                    {{ function('as_choice') }}(rank_by, 'gross_revenue') not in (
                        'gross_revenue', 'net_revenue', 'total_sales', 'contribution', 'orders', 'units',
                        'aov', 'predicted_clv'
                    )
                    then error('rank_by is none of: gross_revenue, net_revenue, total_sales, contribution, orders, units, aov, predicted_clv')
                else
                    {{ least_orders }} >= 0
                    and coalesce({{ function('as_row_count') }}(limit_n, 'limit_n'), 0) >= 0
            end
        ) as are_known

),

-- Average values are only compared between customers with enough orders.
measured_customers as (

    select
        customers.*,
        {{ ratio('customers.net_revenue_order_basis', 'customers.orders') }} as aov,
        cast(
            case {{ function('as_choice') }}(rank_by, 'gross_revenue')
                when 'gross_revenue' then customers.gross_revenue
                when 'net_revenue' then customers.net_revenue
                when 'total_sales' then customers.total_sales
                when 'contribution' then customers.contribution
                when 'orders' then customers.orders
                when 'units' then customers.units
                when 'aov'
                    then case
                        when customers.orders >= {{ least_orders }}
                            then {{ ratio('customers.net_revenue_order_basis', 'customers.orders') }}
                    end
                when 'predicted_clv'
                    then (
                        select profiles.predicted_clv_12m
                        from {{ ref('dim_customers') }} as profiles
                        where profiles.customer_id = customers.customer_id
                    )
                -- Nobody comes here. Without a number the query would be known to find nobody, and not be asked.
                else 0
            end as double
        ) as measure
    from customers
    cross join choices
    where customers.is_active and choices.are_known

),

ranked_customers as (

    select
        measured_customers.*,
        rank() over by_measure as rank,
        row_number() over (
            partition by measured_customers.period
            order by
                measured_customers.measure desc,
                measured_customers.net_revenue desc,
                measured_customers.orders desc,
                measured_customers.customer_id
        ) as position,
        measured_customers.measure / nullif(sum(measured_customers.measure) over whole, 0) as share
    from measured_customers
    where measured_customers.measure is not null
    window
        by_measure as (
            partition by measured_customers.period
            order by measured_customers.measure desc
        ),
        whole as (partition by measured_customers.period)

),

now_ranked as (

    select
        ranked_customers.*,
        sum(ranked_customers.share) over (
            order by ranked_customers.position
            rows between unbounded preceding and current row
        ) as cum_share
    from ranked_customers
    where ranked_customers.period = 'current'

),

before_ranked as (

    select * from ranked_customers where ranked_customers.period = 'prev'

)

select
    now_ranked.rank,
    now_ranked.position,
    coalesce(now_ranked.customer_id, before_ranked.customer_id) as customer_id,
    coalesce(now_ranked.orders, 0) as orders,
    coalesce(now_ranked.units, 0) as units,
    coalesce(now_ranked.gross_revenue, 0) as gross_revenue,
    coalesce(now_ranked.refund_amount, 0) as refund_amount,
    coalesce(now_ranked.net_revenue, 0) as net_revenue,
    coalesce(now_ranked.total_sales, 0) as total_sales,
    now_ranked.contribution,
    now_ranked.aov,
    before_ranked.rank as rank_prev,
    before_ranked.rank - now_ranked.rank as rank_change,
    case
        when now_ranked.rank is null then 'left'
        when before_ranked.rank is null then 'entered'
        when now_ranked.rank < before_ranked.rank then 'up'
        when now_ranked.rank > before_ranked.rank then 'down'
        else 'same'
    end as status,
    now_ranked.share,
    now_ranked.cum_share
from now_ranked
full join before_ranked
    on now_ranked.customer_id = before_ranked.customer_id
where
    coalesce(now_ranked.position, before_ranked.position)
    <= coalesce({{ function('as_row_count') }}(limit_n, 'limit_n'), 9223372036854775807)
order by now_ranked.position nulls last, before_ranked.position
