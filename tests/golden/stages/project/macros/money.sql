{% macro cents(column) -%}
    cast(round({{ column }} * 100) as bigint)
{%- endmacro %}

{% macro sums(column) -%}
    {%- for status in var('statuses') %}
    sum(case when status = '{{ status }}' then {{ cents(column) }} else 0 end) as {{ status }}_cents
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
