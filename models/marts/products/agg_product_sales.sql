with

items as (

    select * from {{ ref('fct_order_items') }}

),

refund_items as (

    select * from {{ ref('fct_refund_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

months as (

    select * from {{ ref('int_months') }}

),

sales as (

    select
        coalesce(products.parent_product_id, '(unknown)') as product_id,
        cast(date_trunc('month', items.order_date) as date) as month,
        count(distinct items.order_id) as orders,
        count(distinct items.customer_id) as customers,
        sum(case when items.is_gift_card then 0 else items.quantity end) as units,
        sum(case when items.is_gift_card then 0 else items.refunded_quantity end)
            as refunded_units,
        sum(items.gross_revenue) as gross_revenue,
        sum(items.discount_amount) as discount_amount,
        sum(items.revenue_before_refunds) as revenue_before_refunds,
        sum(items.refund_amount_order_basis) as refund_amount_order_basis
    from items
    left join products
        on items.product_id = products.product_id
    where items.is_valid
    group by 1, 2

),

refunds as (

    select
        coalesce(products.parent_product_id, '(unknown)') as product_id,
        cast(date_trunc('month', refund_items.refund_date) as date) as month,
        sum(refund_items.refund_amount) as refund_amount
    from refund_items
    left join products
        on refund_items.product_id = products.product_id
    where refund_items.is_counted
    group by 1, 2

),

joined_sums as (

    select
        coalesce(sales.product_id, refunds.product_id) as product_id,
        coalesce(sales.month, refunds.month) as month,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.customers, 0) as customers,
        cast(coalesce(sales.units, 0) as decimal(18, 4)) as units,
        cast(coalesce(sales.refunded_units, 0) as decimal(18, 4)) as refunded_units,
        cast(coalesce(sales.gross_revenue, 0) as decimal(18, 4)) as gross_revenue,
        cast(coalesce(sales.discount_amount, 0) as decimal(18, 4)) as discount_amount,
        cast(coalesce(refunds.refund_amount, 0) as decimal(18, 4)) as refund_amount,
        cast(
            coalesce(sales.revenue_before_refunds, 0) - coalesce(refunds.refund_amount, 0)
            as decimal(18, 4)
        ) as net_revenue,
        cast(coalesce(sales.refund_amount_order_basis, 0) as decimal(18, 4))
            as refund_amount_order_basis,
        cast(
            coalesce(sales.revenue_before_refunds - sales.refund_amount_order_basis, 0)
            as decimal(18, 4)
        ) as net_revenue_order_basis
    from sales
    full join refunds
        on
            sales.product_id = refunds.product_id
            and sales.month = refunds.month

)

select
    joined_sums.month,
    joined_sums.product_id,
    products.product_name,
    coalesce(products.category, '(unknown)') as category,
    months.is_complete,
    rank() over (
        partition by joined_sums.month order by joined_sums.net_revenue_order_basis desc
    ) as rank,
    joined_sums.orders,
    joined_sums.customers,
    joined_sums.units,
    joined_sums.refunded_units,
    cast(joined_sums.units - joined_sums.refunded_units as decimal(18, 4)) as units_net,
    joined_sums.gross_revenue,
    joined_sums.discount_amount,
    joined_sums.refund_amount,
    joined_sums.net_revenue,
    joined_sums.refund_amount_order_basis,
    joined_sums.net_revenue_order_basis,
    {{ ratio('joined_sums.refund_amount', 'joined_sums.gross_revenue') }} as refund_rate,
    {{ ratio('joined_sums.refund_amount_order_basis', 'joined_sums.gross_revenue') }}
        as refund_rate_order_basis
from joined_sums
inner join months
    on joined_sums.month = months.month
left join products
    on joined_sums.product_id = products.product_id
