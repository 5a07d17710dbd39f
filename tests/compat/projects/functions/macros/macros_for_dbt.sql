{# dbt-duckdb has no statement for functions of its own. With these, dbt makes what the runner makes. #}
{% macro duckdb__scalar_function_sql(target_relation) %}
create or replace macro {{ target_relation.render() }} (
    {{ model.arguments | map(attribute='name') | join(', ') }}
) as cast(({{ model.compiled_code }}) as {{ model.returns.data_type }})
{% endmacro %}

{% macro duckdb__table_function_sql(target_relation) %}
create or replace macro {{ target_relation.render() }} (
    {%- for argument in model.arguments -%}
        {{ argument.name }}
        {%- if argument.default_value is not none %} := {{ argument.default_value }}{% endif %}
        {{- ", " if not loop.last -}}
    {%- endfor -%}
) as table {{ model.compiled_code }}
{% endmacro %}
