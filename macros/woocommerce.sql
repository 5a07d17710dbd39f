{% macro woocommerce_list(json) -%}
    {#- A list of WooCommerce's. PHP writes one with a gap in its numbers as an object: {"1": …, "3": …}. -#}
    case
        when json_type({{ json }}) = 'OBJECT' then to_json(json_extract({{ json }}, '$.*'))
        else {{ json }}
    end
{%- endmacro %}


{% macro woocommerce_meta(list, key) -%}
    {#- The value of a key in WooCommerce's list of further facts. -#}
    list_filter(
        from_json({{ woocommerce_list(list) }}, '[{"key": "VARCHAR", "value": "JSON"}]'),
        lambda entry: entry.key = '{{ key }}'
    )[1].value ->> '$'
{%- endmacro %}


{% macro woocommerce_split(cell, key) -%}
    {#-
        The entries of a packed cell that have a key. They are parted by a semicolon before a key; one
        within a reason or a description parts nothing.
    -#}
    list_filter(
        string_split(
            regexp_replace({{ cell }}, ';((id|code|amount|date|reason):)', chr(30) || '\1', 'g'), chr(30)
        ),
        lambda packed: packed like '%{{ key }}:%'
    )
{%- endmacro %}


{% macro woocommerce_packed(key) -%}
    {#- One value of a packed line; null where it is not given. -#}
    nullif(trim(regexp_extract(packed, '(?:^|\|){{ key }}:([^|]*)', 1)), '')
{%- endmacro %}


{% macro woocommerce_site_time(moment) -%}
    {#- A time of the CSV exports, which is in the site's zone, in UTC. -#}
    cast({{ moment }} at time zone '{{ var("time_zone") }}' at time zone 'UTC' as timestamp)
{%- endmacro %}


{% macro woocommerce_packed_time(text) -%}
    {#-
        A time within a packed cell. American order with slashes, else years first; another form is an
        error.
    -#}
    strptime(
        nullif(trim({{ text }}), ''),
        [
            '%Y-%m-%d %H:%M:%S', '%m/%d/%Y %H:%M:%S', '%Y-%m-%d %H:%M', '%m/%d/%Y %H:%M',
            '%Y-%m-%d', '%m/%d/%Y'
        ]
    )
{%- endmacro %}
