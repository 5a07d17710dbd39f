{{ config(materialized='view') }}

{#- Written from the functions' YAML when the project is built: a reader asks no catalogue. -#}
{% set ns = namespace(rows=[]) -%}
{% for function in graph.functions.values() if function.fqn[1] == 'reports' -%}
    {% set listed = [] -%}
    {% for argument in function.arguments -%}
        {% do listed.append(
            argument.name if argument.default_value is none
            else argument.name ~ ' := ' ~ argument.default_value
        ) -%}
    {% endfor -%}
    {% do ns.rows.append({
        'name': function.name,
        'signature': function.name ~ '(' ~ listed | join(', ') ~ ')',
        'description': function.description | trim,
        'columns': function.columns.keys() | join(', '),
    }) -%}
{% endfor -%}

with

functions as (

    {% for row in ns.rows | sort(attribute='name') -%}
    select
        {{ dbt.string_literal(row.name) }} as report,
        {{ dbt.string_literal(dbt.escape_single_quotes(row.signature)) }} as signature,
        {{ dbt.string_literal(dbt.escape_single_quotes(row.description)) }} as description,
        {{ dbt.string_literal(row.columns) }} as columns
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    report,
    signature,
    description,
    columns
from functions
