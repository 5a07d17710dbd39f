{#- Where a file of a foreign layout goes, and whether it is asked for. -#}
{% macro layout_file(layout, file) -%}
    {{ var('layout_output') }}/{{ layout }}/{{ file }}
{%- endmacro %}

{#- Cents as other systems write money: two places, as text. -#}
{% macro price_text(cents) -%}
    (({{ cents }}) * 0.01)::decimal(18, 2)::varchar
{%- endmacro %}

{#- Shopify's way to write a moment: the shop's wall clock with its offset. -#}
{% macro shopify_time(moment) -%}
    strftime({{ shop_time(moment) }}, '%Y-%m-%d %H:%M:%S') || ' +0' || {{ shop_offset(moment) }} || '00'
{%- endmacro %}

{#- WooCommerce writes a moment twice: on the site's clock, and in UTC. -#}
{% macro woo_time(moment) -%}
    strftime({{ moment }}, '%Y-%m-%dT%H:%M:%S')
{%- endmacro %}

{#- Packed columns of WooCommerce's CSV exports must not hold their own separators. -#}
{% macro packed(text) -%}
    replace(replace({{ text }}, '|', ' '), ':', ' ')
{%- endmacro %}

{#- An even share of `total` cents for unit `unit_no` (from 1) of `units`; all units add up to it. -#}
{% macro unit_share(total, unit_no, units) -%}
    ({{ total }} * {{ unit_no }} // {{ units }} - {{ total }} * ({{ unit_no }} - 1) // {{ units }})
{%- endmacro %}

{#- Olist's keys are 32 hex digits. -#}
{% macro olist_id(key) -%}
    md5({{ key }})
{%- endmacro %}
