-- What every report must find again, month by month and currency by currency.
with sales as (

    select
        date_trunc('month', ordered_at)::date as month,
        currency,
        count(*) as orders,
        count(*) filter (where person_id is null) as anonymous_orders,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount_order_basis
    from {{ ref('truth_orders') }}
    where is_counted
    group by 1, 2

),

refunds as (

    select
        date_trunc('month', refunds.refunded_at)::date as month,
        orders.currency,
        sum(refunds.goods_cents + refunds.goodwill_cents) * 0.01 as refund_amount
    from {{ ref('gen_refunds') }} as refunds
    inner join {{ ref('gen_orders') }} as orders on orders.order_key = refunds.order_key
    where orders.status_before_refund != 'cancelled'
    group by 1, 2

),

newcomers as (

    select
        date_trunc('month', customers.first_ordered_at)::date as month,
        orders.currency,
        count(*) as new_customers
    from {{ ref('truth_customers') }} as customers
    inner join {{ ref('truth_orders') }} as orders
        on orders.person_id = customers.person_id
        and orders.ordered_at = customers.first_ordered_at
        and orders.is_counted
    group by 1, 2

),

months as (

    select
        month,
        currency
    from sales
    union
    select
        month,
        currency
    from refunds

)

select
    months.month,
    months.currency,
    coalesce(sales.orders, 0) as orders,
    coalesce(sales.anonymous_orders, 0) as anonymous_orders,
    coalesce(newcomers.new_customers, 0) as new_customers,
    coalesce(sales.gross_amount, 0)::decimal(18, 4) as gross_revenue,
    coalesce(sales.discount_amount, 0)::decimal(18, 4) as discount_amount,
    coalesce(refunds.refund_amount, 0)::decimal(18, 4) as refund_amount,
    coalesce(sales.refund_amount_order_basis, 0)::decimal(18, 4) as refund_amount_order_basis
from months
left join sales on sales.month = months.month and sales.currency = months.currency
left join refunds on refunds.month = months.month and refunds.currency = months.currency
left join newcomers on newcomers.month = months.month and newcomers.currency = months.currency
