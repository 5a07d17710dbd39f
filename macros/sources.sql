{% macro union_adapters(table) -%}
    {#-
        The rows of a staging table from every adapter in use, to stand behind a select that names
        and types the columns; what an adapter does not deliver is null.
    -#}
    {%- for adapter in var('adapters') if table in adapter_tables(adapter) %}
    union all by name
    select * from {{ ref('stg_' ~ adapter ~ '__' ~ table) }}
    {%- endfor %}
{%- endmacro %}


{% macro adapter_tables(adapter) -%}
    {#- The staging tables that an adapter delivers. -#}
    {%- set delivered = {
        'canonical': [
            'campaign_events', 'campaigns', 'cart_items', 'carts', 'customer_identities',
            'customers', 'fx_rates', 'holidays', 'leads', 'marketing_spend', 'order_discounts',
            'order_items', 'orders', 'payments', 'product_costs', 'products', 'promotions',
            'refund_items', 'refunds', 'regions', 'reviews', 'sales_channels', 'seo_traffic',
            'sessions', 'social_comments', 'subscriptions', 'support_tickets', 'suppressions',
            'surveys', 'web_events',
        ],
        'online_retail': [
            'customers', 'order_items', 'orders', 'products', 'refund_items', 'refunds',
        ],
    } -%}
    {{ return(delivered[adapter]) }}
{%- endmacro %}


{% macro one_row_per_key(rows, keys, preferred) -%}
    {#-
        Of the rows of a CTE that repeat a key the preferred one: rows are compared by the terms of
        `preferred`, then by all their columns, so that it does not matter how the file is sorted.
    -#}
    select *
    from {{ rows }}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by {{ (preferred + [rows]) | join(', ') }}
    ) = 1
{%- endmacro %}
