, orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

order_sums as (

    select
        spans.span,
        orders.customer_id,
        count(*) as orders,
        sum(orders.gross_revenue) as gross_revenue,
        sum(orders.discount_amount) as discount_amount
    from spans
    inner join orders
        on orders.order_date between spans.first_day and spans.last_day
    where orders.is_valid and not orders.is_anonymous
    group by spans.span, orders.customer_id

),

-- On the day of the refund, whenever the order was.
refund_sums as (

    select
        spans.span,
        refunds.customer_id,
        sum(refunds.refund_amount) as refund_amount
    from spans
    inner join refunds
        on refunds.refund_date between spans.first_day and spans.last_day
    where not refunds.is_anonymous
    group by spans.span, refunds.customer_id

),

customers as (

    select
        order_sums.span,
        order_sums.customer_id,
        order_sums.orders,
        order_sums.gross_revenue,
        order_sums.gross_revenue - order_sums.discount_amount
        - coalesce(refund_sums.refund_amount, 0) as net_revenue
    from order_sums
    left join refund_sums
        on
            order_sums.span = refund_sums.span
            and order_sums.customer_id = refund_sums.customer_id

),

ranked_customers as (

    select
        *,
        rank() over (partition by span order by gross_revenue desc) as rank,
        row_number() over (
            partition by span
            order by gross_revenue desc, net_revenue desc, orders desc, customer_id
        ) as position
    from customers

),

previous_ranks as (

    select
        customer_id,
        rank
    from ranked_customers
    where span = 'previous'

)

select
    ranked_customers.position,
    ranked_customers.rank,
    previous_ranks.rank as rank_prev,
    previous_ranks.rank - ranked_customers.rank as rank_change,
    case
        when previous_ranks.rank is null then 'entered'
        when ranked_customers.rank < previous_ranks.rank then 'up'
        when ranked_customers.rank > previous_ranks.rank then 'down'
        else 'same'
    end as status,
    ranked_customers.customer_id,
    ranked_customers.orders,
    cast(ranked_customers.gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(ranked_customers.net_revenue as decimal(18, 4)) as net_revenue
from ranked_customers
left join previous_ranks
    on ranked_customers.customer_id = previous_ranks.customer_id
where ranked_customers.span = 'current'
order by ranked_customers.position
