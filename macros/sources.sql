{% macro sources_in_use() -%}
    {#-
        The sources that are read, each with name and adapter: those of the variable `sources`, else
        one for each of `adapters`. Refuses what would be read wrongly or not at all.
    -#}
    {%- set given = var('sources') -%}
    {%- set used = [] -%}
    {%- set names = [] -%}
    {%- for adapter in (var('adapters') if not given else []) -%}
        {%- do used.append({'name': adapter, 'adapter': adapter}) -%}
    {%- endfor -%}
    {%- for entry in given -%}
        {%- if entry is not mapping or not (entry.name and entry.adapter and entry.path) -%}
            {{ exceptions.raise_compiler_error(
                "an entry of the variable sources needs name, adapter and path: " ~ entry
            ) }}
        {%- endif -%}
        {%- do used.append({'name': entry.name, 'adapter': entry.adapter}) -%}
    {%- endfor -%}
    {%- for entry in used -%}
        {%- if entry.name in names or ':' in entry.name -%}
            {{ exceptions.raise_compiler_error(
                "the names of sources must differ and have no colon, for they stand before their keys: "
                ~ entry.name
            ) }}
        {%- endif -%}
        {%- do names.append(entry.name) -%}
        {%- do adapter_tables(entry.adapter) -%}
    {%- endfor -%}
    {{ return(used) }}
{%- endmacro %}


{% macro adapter_tables(adapter) -%}
    {#- The staging tables that an adapter delivers; the variable `adapter_tables` adds adapters. -#}
    {%- set delivered = {
        'canonical': [
            'campaign_events', 'campaigns', 'cart_items', 'carts', 'customer_identities',
            'customers', 'fx_rates', 'holidays', 'leads', 'marketing_spend', 'order_discounts',
            'order_items', 'orders', 'payments', 'product_costs', 'products', 'promotions',
            'refund_items', 'refunds', 'regions', 'reviews', 'sales_channels', 'seo_traffic',
            'sessions', 'social_comments', 'subscriptions', 'support_tickets', 'suppressions',
            'surveys', 'web_events',
        ],
        'olist': [
            'customer_identities', 'customers', 'leads', 'order_items', 'orders', 'payments',
            'products', 'reviews',
        ],
        'online_retail': [
            'customers', 'order_items', 'orders', 'products', 'refund_items', 'refunds',
        ],
        'shopify': [
            'customer_identities', 'customers', 'order_discounts', 'order_items', 'orders',
            'payments', 'products', 'refunds',
        ],
        'woocommerce': [
            'customers', 'order_discounts', 'order_items', 'orders', 'payments', 'products',
            'refund_items', 'refunds',
        ],
    } -%}
    {%- do delivered.update(var('adapter_tables', {})) -%}
    {%- if adapter not in delivered -%}
        {{ exceptions.raise_compiler_error(
            "there is no adapter " ~ adapter ~ ", only: " ~ delivered | join(', ')
        ) }}
    {%- endif -%}
    {{ return(delivered[adapter]) }}
{%- endmacro %}


{% macro union_adapters(table) -%}
    {#-
        The rows of a staging table from every adapter in use, to stand behind a select that names
        and types the columns; what an adapter does not deliver is null.
    -#}
    {%- for adapter in sources_in_use() | map(attribute='adapter') | unique
        if table in adapter_tables(adapter) %}
    union all by name
    select * from {{ ref('stg_' ~ adapter ~ '__' ~ table) }}
    {%- endfor %}
{%- endmacro %}


{% macro with_source_in_keys(keys) -%}
    {#- Among several sources a key is known by its source: `web:1001`. One source keeps its keys. -#}
    {%- if sources_in_use() | length > 1 -%}
    replace (
        {%- for key in keys %}
    source || ':' || {{ key }} as {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
)
    {%- endif -%}
{%- endmacro %}


{% macro source_rank() -%}
    {#- The place of a row's source in the list of sources: where they disagree, the first counts. -#}
    list_position(['{{ sources_in_use() | map(attribute="name") | join("', '") }}'], source)
{%- endmacro %}


{% macro one_row_per_key(rows, keys, preferred) -%}
    {#-
        Of the rows of a CTE that repeat a key the preferred one: rows are compared by the terms of
        `preferred`, then by all their columns, so that it does not matter how the file is sorted.
        Only rows whose key's hash repeats are compared: sorting all of them would cost more than
        reading the file, and hardly any key repeats. What the hash is plays no part in the result.
    -#}
    {%- set key = keys | join(', ') -%}
    with

    repeated_hashes as materialized (

        select hash({{ key }}) as key_hash
        from {{ rows }}
        group by key_hash
        having count(*) > 1

    )

    select *
    from {{ rows }}
    where hash({{ key }}) not in (select key_hash from repeated_hashes)
    union all
    select *
    from (
        select *
        from {{ rows }}
        where hash({{ key }}) in (select key_hash from repeated_hashes)
    ) as repeated
    qualify row_number() over (
        partition by {{ key }}
        order by {{ (preferred + ['repeated']) | join(', ') }}
    ) = 1
{%- endmacro %}
