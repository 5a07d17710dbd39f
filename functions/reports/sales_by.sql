{% set times = ['day', 'week', 'month', 'quarter', 'year'] -%}
{% set clocks = ['weekday', 'hour'] -%}
{% set of_orders = ['store', 'channel', 'country', 'region', 'city', 'campaign', 'rfm_segment', 'value_tier'] -%}
{% set of_lines = ['product', 'category'] -%}
{% set of_profiles = 'lower(trim(cast("by" as varchar))) in (\'rfm_segment\', \'value_tier\')' -%}
{% set asked = 'lower(trim(cast("by" as varchar)))' -%}
with

periods as (

    select
        periods.first_day,
        case
            when {{ asked }} in ('{{ (times + clocks + of_orders + of_lines) | join("', '") }}')
                then periods.last_day
            else error('by is none of: {{ (times + clocks + of_orders + of_lines) | join(", ") }}')
        end as last_day
    from {{ function('report_periods') }}(start_date, end_date) as periods
    where periods.period = 'current'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Who is meant by bounds of revenue; nobody is read where none are given.
customers as (

    select customers.customer_id
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}, of_periods := 'current'
    ) as customers
    where {{ asks_for_band() }}

),

filtered as (

    select orders.*
    from {{ function('filtered_orders') }}({{ same_filters() }}) as orders
    where
        orders.order_date
        between {{ function('first_day_read') }}(start_date, end_date, 'current')
        and {{ function('last_day_read') }}(end_date)

),

returned as (

    select refunds.*
    from {{ function('filtered_refunds') }}({{ same_filters() }}) as refunds
    where
        refunds.refund_date
        between {{ function('first_day_read') }}(start_date, end_date, 'current')
        and {{ function('last_day_read') }}(end_date)

),

all_orders as (

    select *
    from {{ ref('fct_orders') }}
    where {{ asked }} = 'city'

),

products as (

    select * from {{ ref('dim_products') }}

),

items as (

    select
        items.order_id,
        case {{ asked }}
            when 'product' then coalesce(products.parent_product_id, items.product_id)
            when 'category' then products.category
        end as value,
        case when items.is_gift_card then 0 else items.quantity end as quantity,
        items.gross_revenue,
        items.discount_amount,
        items.revenue_before_refunds,
        items.net_revenue_order_basis
    from {{ ref('fct_order_items') }} as items
    left join products
        on items.product_id = products.product_id
    where
        {{ asked }} in ('{{ of_lines | join("', '") }}')
        and items.order_date
        between {{ function('first_day_read') }}(start_date, end_date, 'current')
        and {{ function('last_day_read') }}(end_date)

),

profiles as (

    select *
    from {{ ref('dim_customers') }}
    where {{ of_profiles }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

attributions as (

    select *
    from {{ ref('int_order_attribution') }}
    where model = 'last_non_direct' and {{ asked }} = 'campaign'

),

orders as (

    select filtered.*
    from filtered
    inner join periods
        on filtered.order_date between periods.first_day and periods.last_day
    left join customers
        on case when {{ asks_for_band() }} then filtered.customer_id end = customers.customer_id
    where not {{ asks_for_band() }} or customers.customer_id is not null

),

refunds as (

    select returned.*
    from returned
    inner join periods
        on returned.refund_date between periods.first_day and periods.last_day
    left join customers
        on case when {{ asks_for_band() }} then returned.customer_id end = customers.customer_id
    where not {{ asks_for_band() }} or customers.customer_id is not null

),

order_rows as (

    select
        {{ sale_value('orders', 'orders.order_date', 'orders.order_hour') }}
            when 'city' then orders.city
            when 'campaign' then coalesce(attributions.campaign_id, '(none)')
            when 'rfm_segment' then profiles.rfm_segment
            when 'value_tier' then profiles.value_tier
        end as value,
        orders.customer_id,
        orders.is_new,
        orders.units,
        orders.gross_revenue,
        orders.discount_amount,
        orders.revenue_before_refunds,
        orders.net_revenue_order_basis
    from orders
    left join profiles
        on case when {{ of_profiles }} then orders.customer_id end = profiles.customer_id
    left join attributions
        on case when {{ asked }} = 'campaign' then orders.order_id end = attributions.order_id
    where {{ asked }} not in ('{{ of_lines | join("', '") }}')

),

line_rows as (

    select
        coalesce(orders.order_lines = 1, false) as is_only_line,
        items.value,
        items.order_id,
        orders.customer_id,
        orders.is_new,
        items.quantity as units,
        items.gross_revenue,
        items.discount_amount,
        items.revenue_before_refunds,
        items.net_revenue_order_basis
    from orders
    inner join items
        on orders.order_id = items.order_id

),

refund_rows as (

    select
        {{ sale_value('refunds', 'refunds.refund_date', 'refunds.refund_hour') }}
            when 'city' then coalesce(all_orders.shipping_city, '(unknown)')
            when 'campaign' then coalesce(attributions.campaign_id, '(none)')
            when 'rfm_segment' then profiles.rfm_segment
            when 'value_tier' then profiles.value_tier
            when 'product' then coalesce(products.parent_product_id, refunds.product_id)
            when 'category' then products.category
        end as value,
        refunds.refund_amount
    from refunds
    left join all_orders
        on case when {{ asked }} = 'city' then refunds.order_id end = all_orders.order_id
    left join profiles
        on case when {{ of_profiles }} then refunds.customer_id end = profiles.customer_id
    left join attributions
        on case when {{ asked }} = 'campaign' then refunds.order_id end = attributions.order_id
    left join products
        on refunds.product_id = products.product_id

),

-- An order is one row here; lines of one value are one order of it, which costs nothing to see where
-- it has one line. One of the two is empty. The new order of a customer is one.
sale_sums as (

    select
        coalesce(order_rows.value, '(unknown)') as value,
        count(*) as orders,
        count(distinct order_rows.customer_id) as customers,
        count(order_rows.customer_id) filter (where order_rows.is_new) as new_customers,
        sum(order_rows.units) as units,
        sum(order_rows.gross_revenue) as gross_revenue,
        sum(order_rows.discount_amount) as discount_amount,
        sum(order_rows.revenue_before_refunds) as revenue_before_refunds,
        sum(order_rows.net_revenue_order_basis) as net_revenue_order_basis
    from order_rows
    group by coalesce(order_rows.value, '(unknown)')
    union all
    select
        coalesce(line_rows.value, '(unknown)') as value,
        count(*) filter (where line_rows.is_only_line)
        + count(distinct line_rows.order_id) filter (where not line_rows.is_only_line) as orders,
        count(distinct line_rows.customer_id) as customers,
        count(*) filter (where line_rows.is_only_line and line_rows.is_new)
        + count(distinct line_rows.order_id) filter (
            where not line_rows.is_only_line and line_rows.is_new
        ) as new_customers,
        sum(line_rows.units) as units,
        sum(line_rows.gross_revenue) as gross_revenue,
        sum(line_rows.discount_amount) as discount_amount,
        sum(line_rows.revenue_before_refunds) as revenue_before_refunds,
        sum(line_rows.net_revenue_order_basis) as net_revenue_order_basis
    from line_rows
    group by coalesce(line_rows.value, '(unknown)')

),

refund_sums as (

    select
        coalesce(refund_rows.value, '(unknown)') as value,
        sum(refund_rows.refund_amount) as refund_amount
    from refund_rows
    group by coalesce(refund_rows.value, '(unknown)')

),

value_sums as (

    select
        coalesce(sale_sums.value, refund_sums.value) as value,
        coalesce(sale_sums.orders, 0) as orders,
        coalesce(sale_sums.customers, 0) as customers,
        coalesce(sale_sums.new_customers, 0) as new_customers,
        coalesce(sale_sums.units, 0) as units,
        coalesce(sale_sums.gross_revenue, 0) as gross_revenue,
        coalesce(sale_sums.discount_amount, 0) as discount_amount,
        coalesce(refund_sums.refund_amount, 0) as refund_amount,
        coalesce(sale_sums.revenue_before_refunds, 0) - coalesce(refund_sums.refund_amount, 0)
            as net_revenue,
        coalesce(sale_sums.net_revenue_order_basis, 0) as net_revenue_order_basis
    from sale_sums
    full join refund_sums
        on sale_sums.value = refund_sums.value

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

),

-- Where no first day is asked for, nothing is cut off before the shop began.
dated_sums as (

    select
        placed_sums.*,
        {{ function('is_given') }}(start_date) and placed_sums.first_day < periods.first_day as is_cut,
        case {{ asked }}
            when 'day' then placed_sums.first_day
            when 'week' then placed_sums.first_day + 6
            when 'month' then last_day(placed_sums.first_day)
            when 'quarter' then cast(placed_sums.first_day + interval 3 month as date) - 1
            when 'year' then cast(placed_sums.first_day + interval 1 year as date) - 1
            else periods.last_day
        end as last_day,
        periods.last_day as last_asked_day
    from placed_sums
    cross join periods

)

select
    dated_sums.value,
    case
        when {{ asked }} = 'region' then regions.region_name
        when {{ asked }} = 'weekday'
            then dayname(date '2024-01-01' + try_cast(dated_sums.value as integer) - 1)
        when {{ asked }} = 'product' then products.product_name
    end as label,
    dated_sums.last_day < as_of.as_of
    and dated_sums.last_day <= dated_sums.last_asked_day
    and not coalesce(dated_sums.is_cut, false) as is_complete,
    dated_sums.orders,
    dated_sums.customers,
    dated_sums.new_customers,
    cast(dated_sums.units as decimal(18, 4)) as units,
    cast(dated_sums.gross_revenue as decimal(18, 4)) as gross_revenue,
    cast(dated_sums.discount_amount as decimal(18, 4)) as discount_amount,
    cast(dated_sums.refund_amount as decimal(18, 4)) as refund_amount,
    cast(dated_sums.net_revenue as decimal(18, 4)) as net_revenue,
    cast(dated_sums.all_net_revenue as decimal(18, 4)) as all_net_revenue,
    {{ ratio('dated_sums.net_revenue', 'dated_sums.all_net_revenue') }} as net_revenue_share,
    cast(dated_sums.net_revenue_order_basis as decimal(18, 4)) as net_revenue_order_basis,
    {{ ratio('dated_sums.net_revenue_order_basis', 'dated_sums.orders') }} as aov
from dated_sums
cross join as_of
left join regions
    on {{ asked }} = 'region' and dated_sums.value = regions.region_id
left join products
    on {{ asked }} = 'product' and dated_sums.value = products.product_id
order by
    dated_sums.first_day,
    case when {{ asked }} in ('{{ clocks | join("', '") }}') then dated_sums.value end,
    dated_sums.net_revenue desc,
    dated_sums.value
