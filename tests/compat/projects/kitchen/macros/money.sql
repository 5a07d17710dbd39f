{% macro cents(column, precision=2) -%}
    cast(round({{ column }} * {{ 10 ** precision }}) as bigint)
{%- endmacro %}

{% macro sum_by_status(column) %}
    {%- for status in var('statuses') %}
    sum(case when status = '{{ status }}' then {{ column }} else 0 end) as {{ status }}_{{ column }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{% endmacro %}

{% macro wrapped() %}{% set inner = caller() %}({{ inner | trim }}){% endmacro %}

{% macro early(values) %}
  {% for v in values %}
    {% if v > 2 %}{{ return(v) }}{% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{% macro kitchen_label() %}{{ return(adapter.dispatch('label', 'helpers')()) }}{% endmacro %}
{% macro default__label() %}'from kitchen'{% endmacro %}

{% macro list_statuses() %}
  {% set query %}select distinct status from {{ ref('raw_orders') }} order by 1{% endset %}
  {% set result = run_query(query) %}
  {% if execute %}{{ return(result.columns[0].values() | list) }}{% else %}{{ return([]) }}{% endif %}
{% endmacro %}
