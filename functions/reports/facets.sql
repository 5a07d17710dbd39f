{% set asked = 'lower(trim(cast(facet as varchar)))' -%}
{% set of_customers = ['country', 'region', 'city', 'rfm_segment', 'value_tier', 'revenue_band', 'tenure_band'] -%}
{% set of_orders = ['store', 'channel', 'campaign'] -%}
{% set of_lines = ['product', 'category'] -%}
{% set of_members = ['segment'] -%}
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
        start_date, end_date, {{ filters_but_own() }}, {{ band_but_own() }},
        of_periods := 'current'
    )
    where is_active

),

filtered as (

    select orders.*
    from {{ function('filtered_orders') }}({{ filters_but_own() }}) as orders
    where
        orders.order_date
        between {{ function('first_day_read') }}(start_date, end_date, 'current')
        and {{ function('last_day_read') }}(end_date)

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
        items.net_revenue_order_basis
    from {{ ref('fct_order_items') }} as items
    left join products
        on items.product_id = products.product_id
    where
        {{ asked }} in ('{{ of_lines | join("', '") }}')
        and items.quantity > items.refunded_quantity
        and items.order_date
        between {{ function('first_day_read') }}(start_date, end_date, 'current')
        and {{ function('last_day_read') }}(end_date)

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
    where model = 'last_non_direct' and {{ facet_is('campaign') }}

),

members as (

    select *
    from {{ ref('bridge_customer_segments') }}
    where {{ facet_is('segment') }}

),

segments as (

    select * from {{ ref('dim_segments') }}

),

bands as (

    select * from {{ ref('facet_bands') }}

),

orders as (

    select
        filtered.order_id,
        filtered.customer_id,
        filtered.store_id,
        filtered.channel,
        filtered.country_code,
        filtered.region_id,
        filtered.city,
        filtered.ordered_at,
        filtered.net_revenue_order_basis
    from filtered
    inner join periods
        on filtered.order_date between periods.first_day and periods.last_day
    inner join customers
        on filtered.customer_id = customers.customer_id

),

-- Who moved is where the last order of the period was.
last_orders as (

    select
        orders.customer_id,
        orders.country_code,
        orders.region_id,
        orders.city
    from orders
    where {{ asked }} in ('country', 'region', 'city')
    qualify row_number() over (
        partition by orders.customer_id order by orders.ordered_at desc, orders.order_id desc
    ) = 1

),

customer_values as (

    select
        customers.customer_id,
        case {{ asked }}
            when 'country' then last_orders.country_code
            when 'region' then last_orders.region_id
            when 'city' then last_orders.city
            when 'rfm_segment' then profiles.rfm_segment
            when 'value_tier' then profiles.value_tier
            when 'revenue_band' then revenue_bands.band
            when 'tenure_band' then tenure_bands.band
        end as value,
        customers.net_revenue_order_basis
    from customers
    cross join periods
    cross join as_of
    left join last_orders
        on customers.customer_id = last_orders.customer_id
    left join profiles
        on customers.customer_id = profiles.customer_id
    left join bands as revenue_bands
        on
            revenue_bands.facet = 'revenue_band'
            and (revenue_bands.value_from is null or customers.net_revenue >= revenue_bands.value_from)
            and (revenue_bands.value_to_excl is null or customers.net_revenue < revenue_bands.value_to_excl)
    left join bands as tenure_bands
        on
            tenure_bands.facet = 'tenure_band'
            and (
                tenure_bands.value_from is null
                or least(periods.last_day + 1, as_of.as_of) - customers.first_order_date
                >= tenure_bands.value_from
            )
            and (
                tenure_bands.value_to_excl is null
                or least(periods.last_day + 1, as_of.as_of) - customers.first_order_date
                < tenure_bands.value_to_excl
            )
    where {{ asked }} in ('{{ of_customers | join("', '") }}')

),

-- A customer counts under each segment he is in.
member_values as (

    select
        customers.customer_id,
        members.segment_key as value,
        customers.net_revenue_order_basis
    from customers
    inner join members
        on customers.customer_id = members.customer_id

),

-- A customer counts under each shop, channel and campaign he ordered by.
order_values as (

    select
        orders.customer_id,
        case {{ asked }}
            when 'store' then orders.store_id
            when 'channel' then orders.channel
            when 'campaign' then coalesce(attributions.campaign_id, '(none)')
        end as value,
        orders.net_revenue_order_basis
    from orders
    left join attributions
        on
            case when {{ facet_is('campaign') }} then orders.order_id end = attributions.order_id
    where {{ asked }} in ('{{ of_orders | join("', '") }}')

),

-- And under each product of which he kept one; a variant is its parent.
line_values as (

    select
        orders.customer_id,
        items.value,
        items.net_revenue_order_basis
    from orders
    inner join items
        on orders.order_id = items.order_id

),

facet_values as (

    select * from customer_values
    union all
    select * from member_values
    union all
    select * from order_values
    union all
    select * from line_values

),

value_sums as (

    select
        coalesce(facet_values.value, '(unknown)') as value,
        count(distinct facet_values.customer_id) as customers,
        sum(facet_values.net_revenue_order_basis) as net_revenue_order_basis
    from facet_values
    group by coalesce(facet_values.value, '(unknown)')

),

totals as (

    select
        case
            when
                {{ asked }}
                in ('{{ (of_customers + of_members + of_orders + of_lines) | join("', '") }}')
                then count(*)
            else error('facet is none of: {{ (of_customers + of_members + of_orders + of_lines) | join(", ") }}')
        end as all_customers,
        sum(customers.net_revenue_order_basis) as all_net_revenue_order_basis
    from customers

)

select
    value_sums.value,
    case
        when {{ facet_is('region') }} then regions.region_name
        when {{ facet_is('product') }} then products.product_name
        when {{ facet_is('segment') }} then segments.label_en
    end as label,
    value_sums.customers,
    totals.all_customers,
    {{ ratio('value_sums.customers', 'totals.all_customers') }} as share,
    cast(value_sums.net_revenue_order_basis as decimal(18, 4)) as net_revenue_order_basis,
    cast(totals.all_net_revenue_order_basis as decimal(18, 4)) as all_net_revenue_order_basis,
    {{ ratio('value_sums.net_revenue_order_basis', 'totals.all_net_revenue_order_basis') }}
        as net_revenue_share
from value_sums
cross join totals
left join regions
    on {{ facet_is('region') }} and value_sums.value = regions.region_id
left join products
    on {{ facet_is('product') }} and value_sums.value = products.product_id
left join segments
    on {{ facet_is('segment') }} and value_sums.value = segments.segment_key
left join bands
    on bands.facet = {{ asked }} and value_sums.value = bands.band
order by bands.sort nulls last, value_sums.customers desc, value_sums.value
