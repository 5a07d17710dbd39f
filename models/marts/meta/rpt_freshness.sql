with

sources as (

    select * from {{ ref('stg_sources') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

counts as (

    select
        'campaign_events' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(occurred_at)') }} as first_date,
        {{ local_date('max(occurred_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_campaign_events') }}
    group by source
    union all
    select
        'campaigns' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(sent_at)') }} as first_date,
        {{ local_date('max(sent_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_campaigns') }}
    group by source
    union all
    select
        'cart_items' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_cart_items') }}
    group by source
    union all
    select
        'carts' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_carts') }}
    group by source
    union all
    select
        'customer_identities' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_customer_identities') }}
    group by source
    union all
    select
        'customers' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_customers') }}
    group by source
    union all
    select
        'fx_rates' as table_name,
        source,
        count(*) as row_count,
        min(rate_date) as first_date,
        max(rate_date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_fx_rates') }}
    group by source
    union all
    select
        'holidays' as table_name,
        source,
        count(*) as row_count,
        min(holiday_date) as first_date,
        max(holiday_date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_holidays') }}
    group by source
    union all
    select
        'leads' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_leads') }}
    group by source
    union all
    select
        'marketing_spend' as table_name,
        source,
        count(*) as row_count,
        min(spend_date) as first_date,
        max(spend_date) as last_date,
        true as is_expected_daily
    from {{ ref('stg_marketing_spend') }}
    group by source
    union all
    select
        'order_discounts' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_order_discounts') }}
    group by source
    union all
    select
        'order_items' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_order_items') }}
    group by source
    union all
    select
        'orders' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(ordered_at)') }} as first_date,
        {{ local_date('max(ordered_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_orders') }}
    group by source
    union all
    select
        'payments' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(paid_at)') }} as first_date,
        {{ local_date('max(paid_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_payments') }}
    group by source
    union all
    select
        'product_costs' as table_name,
        source,
        count(*) as row_count,
        min(valid_from) as first_date,
        max(valid_from) as last_date,
        false as is_expected_daily
    from {{ ref('stg_product_costs') }}
    group by source
    union all
    select
        'products' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_products') }}
    group by source
    union all
    select
        'promotions' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(starts_at)') }} as first_date,
        {{ local_date('max(starts_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_promotions') }}
    group by source
    union all
    select
        'refund_items' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_refund_items') }}
    group by source
    union all
    select
        'refunds' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(refunded_at)') }} as first_date,
        {{ local_date('max(refunded_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_refunds') }}
    group by source
    union all
    select
        'regions' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_regions') }}
    group by source
    union all
    select
        'reviews' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_reviews') }}
    group by source
    union all
    select
        'sales_channels' as table_name,
        source,
        count(*) as row_count,
        cast(null as date) as first_date,
        cast(null as date) as last_date,
        false as is_expected_daily
    from {{ ref('stg_sales_channels') }}
    group by source
    union all
    select
        'seo_traffic' as table_name,
        source,
        count(*) as row_count,
        min(traffic_date) as first_date,
        max(traffic_date) as last_date,
        true as is_expected_daily
    from {{ ref('stg_seo_traffic') }}
    group by source
    union all
    select
        'sessions' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(started_at)') }} as first_date,
        {{ local_date('max(started_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_sessions') }}
    group by source
    union all
    select
        'social_comments' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_social_comments') }}
    group by source
    union all
    select
        'subscriptions' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(started_at)') }} as first_date,
        {{ local_date('max(started_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_subscriptions') }}
    group by source
    union all
    select
        'support_tickets' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(created_at)') }} as first_date,
        {{ local_date('max(created_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_support_tickets') }}
    group by source
    union all
    select
        'suppressions' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(suppressed_at)') }} as first_date,
        {{ local_date('max(suppressed_at)') }} as last_date,
        false as is_expected_daily
    from {{ ref('stg_suppressions') }}
    group by source
    union all
    select
        'surveys' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(sent_at)') }} as first_date,
        {{ local_date('max(sent_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_surveys') }}
    group by source
    union all
    select
        'web_events' as table_name,
        source,
        count(*) as row_count,
        {{ local_date('min(occurred_at)') }} as first_date,
        {{ local_date('max(occurred_at)') }} as last_date,
        true as is_expected_daily
    from {{ ref('stg_web_events') }}
    group by source

),

table_names as (

    select
        unnest([
            'campaign_events',
            'campaigns',
            'cart_items',
            'carts',
            'customer_identities',
            'customers',
            'fx_rates',
            'holidays',
            'leads',
            'marketing_spend',
            'order_discounts',
            'order_items',
            'orders',
            'payments',
            'product_costs',
            'products',
            'promotions',
            'refund_items',
            'refunds',
            'regions',
            'reviews',
            'sales_channels',
            'seo_traffic',
            'sessions',
            'social_comments',
            'subscriptions',
            'support_tickets',
            'suppressions',
            'surveys',
            'web_events'
        ]) as table_name

),

-- Every source with every table, also those of which nothing came; and what a seed gave instead.
expected_rows as (

    select
        sources.source,
        sources.adapter,
        table_names.table_name
    from sources
    cross join table_names
    union all
    select
        counts.source,
        'seed' as adapter,
        counts.table_name
    from counts
    anti join sources
        on counts.source = sources.source

),

dated_rows as (

    select
        expected_rows.source,
        expected_rows.adapter,
        expected_rows.table_name,
        coalesce(counts.row_count, 0) as row_count,
        counts.first_date,
        counts.last_date,
        as_of.as_of,
        case
            when counts.is_expected_daily
                then greatest(as_of.as_of - 1 - counts.last_date, 0)
        end as days_behind
    from expected_rows
    left join counts
        on
            expected_rows.source = counts.source
            and expected_rows.table_name = counts.table_name
    left join as_of
        on true

)

select
    source,
    table_name,
    adapter,
    row_count,
    first_date,
    last_date,
    as_of,
    days_behind,
    coalesce(days_behind > {{ var('freshness_max_days') }}, false) as is_stale,
    case
        when row_count = 0 then 'no ' || replace(table_name, '_', ' ') || ' loaded'
        when days_behind > {{ var('freshness_max_days') }}
            then
                replace(table_name, '_', ' ') || ' end ' || days_behind || ' days before '
                || 'the last seen day'
    end as note
from dated_rows
