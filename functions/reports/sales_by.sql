{% set times = ['day', 'week', 'month', 'quarter', 'year'] -%}
{% set of_orders = ['store', 'channel', 'country', 'region', 'city', 'campaign', 'rfm_segment'] -%}
{% set of_lines = ['product', 'category'] -%}
{% set asked = 'lower(trim(cast("by" as varchar)))' -%}
with

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where period = 'current'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

customers as (

    select *
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}, of_periods := 'current'
    )

),

filtered as (

    select * from {{ function('filtered_orders') }}({{ same_filters() }})

),

returned as (

    select * from {{ function('filtered_refunds') }}({{ same_filters() }})

),

all_orders as (

    select * from {{ ref('fct_orders') }}

),

items as (

    select * from {{ ref('fct_order_items') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

profiles as (

    select * from {{ ref('dim_customers') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

attributions as (

    select *
    from {{ ref('int_order_attribution') }}
    where model = 'last_non_direct'

),

-- Nobody in particular is a row of customers, too, unless bounds of revenue are given.
orders as (

    select
        filtered.*,
        case
            when
                {{ asked }} in ('{{ (times + of_orders + of_lines) | join("', '") }}')
                then {{ asked }}
            else error('by is none of: {{ (times + of_orders + of_lines) | join(", ") }}')
        end as dimension
    from filtered
    inner join periods
        on filtered.order_date between periods.first_day and periods.last_day
    inner join customers
        on filtered.customer_id is not distinct from customers.customer_id

),

refunds as (

    select returned.*
    from returned
    inner join periods
        on returned.refund_date between periods.first_day and periods.last_day
    inner join customers
        on returned.customer_id is not distinct from customers.customer_id

),

order_rows as (

    select
        {{ sale_value('orders', 'orders.order_date') }}
            when 'city' then orders.city
            when 'campaign' then coalesce(attributions.campaign_id, '(none)')
            when 'rfm_segment' then profiles.rfm_segment
        end as value,
        orders.order_id,
        orders.customer_id,
        orders.is_new,
        orders.units,
        orders.gross_revenue,
        orders.discount_amount,
        orders.revenue_before_refunds,
        0 as refund_amount,
        orders.net_revenue_order_basis
    from orders
    left join profiles
        on orders.customer_id = profiles.customer_id
    left join attributions
        on orders.order_id = attributions.order_id and {{ asked }} = 'campaign'
    where orders.dimension not in ('{{ of_lines | join("', '") }}')

),

line_rows as (

    select
        case {{ asked }}
            when 'product' then coalesce(products.parent_product_id, items.product_id)
            when 'category' then products.category
        end as value,
        orders.order_id,
        orders.customer_id,
        orders.is_new,
        items.quantity as units,
        items.gross_revenue,
        items.discount_amount,
        items.revenue_before_refunds,
        0 as refund_amount,
        items.net_revenue_order_basis
    from orders
    inner join items
        on orders.order_id = items.order_id
    left join products
        on items.product_id = products.product_id
    where orders.dimension in ('{{ of_lines | join("', '") }}')

),

refund_rows as (

    select
        {{ sale_value('refunds', 'refunds.refund_date') }}
            when 'city' then coalesce(all_orders.shipping_city, '(unknown)')
            when 'campaign' then coalesce(attributions.campaign_id, '(none)')
            when 'rfm_segment' then profiles.rfm_segment
            when 'product' then coalesce(products.parent_product_id, refunds.product_id)
            when 'category' then products.category
        end as value,
        null as order_id,
        null as customer_id,
        false as is_new,
        0 as units,
        0 as gross_revenue,
        0 as discount_amount,
        0 as revenue_before_refunds,
        refunds.refund_amount,
        0 as net_revenue_order_basis
    from refunds
    left join all_orders
        on refunds.order_id = all_orders.order_id and {{ asked }} = 'city'
    left join profiles
        on refunds.customer_id = profiles.customer_id
    left join attributions
        on refunds.order_id = attributions.order_id and {{ asked }} = 'campaign'
    left join products
        on refunds.product_id = products.product_id

),

sale_rows as (

    select * from order_rows
    union all
    select * from line_rows
    union all
    select * from refund_rows

),

value_sums as (

    select
        coalesce(sale_rows.value, '(unknown)') as value,
        count(distinct sale_rows.order_id) as orders,
        count(distinct sale_rows.customer_id) as customers,
        count(distinct sale_rows.customer_id) filter (where sale_rows.is_new) as new_customers,
        sum(sale_rows.units) as units,
        sum(sale_rows.gross_revenue) as gross_revenue,
        sum(sale_rows.discount_amount) as discount_amount,
        sum(sale_rows.refund_amount) as refund_amount,
        sum(sale_rows.revenue_before_refunds) - sum(sale_rows.refund_amount) as net_revenue,
        sum(sale_rows.net_revenue_order_basis) as net_revenue_order_basis
    from sale_rows
    group by coalesce(sale_rows.value, '(unknown)')

),

placed_sums as (

    select
        value_sums.*,
        case
            when {{ asked }} in ('{{ times | join("', '") }}')
                then cast(value_sums.value as date)
        end as first_day,
        sum(value_sums.net_revenue) over () as all_net_revenue
    from value_sums

)

select
    placed_sums.value,
    case
        when {{ asked }} = 'region' then regions.region_name
        when {{ asked }} = 'product' then products.product_name
    end as label,
    case {{ asked }}
        when 'day' then placed_sums.first_day
        when 'week' then placed_sums.first_day + 6
        when 'month' then last_day(placed_sums.first_day)
        when 'quarter' then cast(placed_sums.first_day + interval 3 month as date) - 1
        when 'year' then cast(placed_sums.first_day + interval 1 year as date) - 1
        else periods.last_day
    end < as_of.as_of as is_complete,
    placed_sums.orders,
    placed_sums.customers,
    placed_sums.new_customers,
    cast(placed_sums.units as decimal(18, 4)) as units,
    cast(placed_sums.gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(placed_sums.discount_amount as decimal(18, 4)) as discount_amount,
    cast(placed_sums.refund_amount as decimal(18, 4)) as refund_amount,
    cast(placed_sums.net_revenue as decimal(18, 4)) as net_revenue,
    cast(placed_sums.all_net_revenue as decimal(18, 4)) as all_net_revenue,
    {{ ratio('placed_sums.net_revenue', 'placed_sums.all_net_revenue') }} as net_revenue_share,
    cast(placed_sums.net_revenue_order_basis as decimal(18, 4)) as net_revenue_order_basis,
    {{ ratio('placed_sums.net_revenue_order_basis', 'placed_sums.orders') }} as aov
from placed_sums
cross join periods
cross join as_of
left join regions
    on {{ asked }} = 'region' and placed_sums.value = regions.region_id
left join products
    on {{ asked }} = 'product' and placed_sums.value = products.product_id
order by placed_sums.first_day, placed_sums.net_revenue desc, placed_sums.value
