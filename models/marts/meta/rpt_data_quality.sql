with

checks as (

    select * from {{ ref('data_quality_checks') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

source_orders as (

    select * from {{ ref('stg_orders') }}

),

delivered_orders as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as order_id
    where false

    {{ union_adapters('orders') }}

),

channels as (

    select * from {{ ref('dim_channels') }}

),

order_regions as (

    select *
    from {{ ref('int_order_regions') }}
    where is_valid and named_region is not null

),

refunds as (

    select * from {{ ref('fct_refund_items') }}

),

fx_rates as (

    select *
    from {{ ref('int_fx_rates') }}
    where is_needed

),

customers as (

    select *
    from {{ ref('dim_customers') }}
    where orders > 0

),

contacts as (

    select * from {{ ref('int_customer_contacts') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

counts as (

    select
        'orders_without_items' as check_key,
        count(*) as rows_checked,
        count(*) filter (where order_lines = 0) as rows_found
    from orders
    union all
    select
        'repeated_order_rows' as check_key,
        count(*) as rows_checked,
        count(*) - (select count(*) from source_orders) as rows_found
    from delivered_orders
    union all
    select
        'late_orders' as check_key,
        count(*) as rows_checked,
        count(*) filter (
            where {{ local_date('source_orders.ordered_at') }} >= as_of.as_of
        ) as rows_found
    from source_orders
    cross join as_of
    union all
    select
        'test_orders' as check_key,
        count(*) as rows_checked,
        count(*) filter (where is_test) as rows_found
    from source_orders
    union all
    select
        'unknown_statuses' as check_key,
        count(*) as rows_checked,
        count(*) filter (where order_class = 'unknown') as rows_found
    from orders
    union all
    select
        'unmapped_channels' as check_key,
        count(*) as rows_checked,
        count(*) filter (where not coalesce(channels.is_mapped, false)) as rows_found
    from orders
    left join channels
        on orders.channel = channels.channel
    union all
    select
        'unmatched_regions' as check_key,
        count(*) as rows_checked,
        count(*) filter (where not is_region_known) as rows_found
    from order_regions
    union all
    select
        'orders_without_cost' as check_key,
        count(*) as rows_checked,
        count(*) filter (where not has_cost) as rows_found
    from orders
    where is_valid
    union all
    select
        'anonymous_orders' as check_key,
        count(*) as rows_checked,
        count(*) filter (where is_anonymous) as rows_found
    from orders
    where is_valid
    union all
    select
        'unreliable_customers' as check_key,
        count(*) as rows_checked,
        count(*) filter (where not identity_reliable) as rows_found
    from customers
    union all
    select
        'shared_contacts' as check_key,
        count(*) as rows_checked,
        count(*) filter (where problem = 'shared') as rows_found
    from contacts
    union all
    select
        'undated_refunds' as check_key,
        count(*) as rows_checked,
        count(*) filter (where is_date_estimated) as rows_found
    from refunds
    union all
    select
        'refunds_without_order' as check_key,
        count(*) as rows_checked,
        count(*) filter (where not has_order) as rows_found
    from refunds
    union all
    select
        'missing_fx_rates' as check_key,
        count(*) as rows_checked,
        count(*) filter (where rate is null) as rows_found
    from fx_rates
    union all
    select
        'products_without_category' as check_key,
        count(*) as rows_checked,
        count(*) filter (where coalesce(category, '(unknown)') = '(unknown)') as rows_found
    from products
    union all
    select
        'unknown_visits' as check_key,
        count(*) as rows_checked,
        count(*) filter (where customer_id is null) as rows_found
    from touches

)

select
    checks.check_key,
    checks.area,
    checks.label_en,
    checks.label_pt,
    checks.label_ro,
    checks.label_pl,
    checks.label_ar,
    checks.description,
    counts.rows_checked,
    counts.rows_found,
    {{ ratio('counts.rows_found', 'counts.rows_checked') }} as rate,
    checks.warn_rate,
    case
        when counts.rows_checked = 0 then 'nothing_to_check'
        when counts.rows_found = 0 then 'ok'
        when counts.rows_found > checks.warn_rate * counts.rows_checked then 'warning'
        else 'note'
    end as state,
    checks.sort
from checks
inner join counts
    on checks.check_key = counts.check_key
