{#- Columns of relations and queries. -#}

{% macro get_columns_in_relation(relation) -%}
    {{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation)) }}
{%- endmacro %}


{% macro get_columns_in_query(select_sql) -%}
    {{ return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) }}
{%- endmacro %}

{% macro default__get_columns_in_query(select_sql) -%}
    {{ return(dbt.get_column_schema_from_query(select_sql) | map(attribute='name') | list) }}
{%- endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
    {%- if select_sql_header -%}
        {%- do adapter.execute(select_sql_header) -%}
    {%- endif -%}
    {{ return(adapter.get_column_schema_from_query(dbt.get_empty_subquery_sql(select_sql))) }}
{%- endmacro %}

{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {{ return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) }}
{%- endmacro %}

{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {{ select_sql_header or '' }}
    select * from (
    {{ select_sql }}
    ) as __dbt_sbq
    where false
    limit 0
{%- endmacro %}


{% macro get_limit_subquery_sql(sql, limit) -%}
    {{ return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) }}
{%- endmacro %}

{% macro default__get_limit_sql(sql, limit) -%}
    {{ sql }}
    {{ 'limit ' ~ limit if limit is not none }}
{%- endmacro %}


{% macro get_quoted_csv(column_names) -%}
    {%- set quoted = [] -%}
    {%- for name in column_names -%}
        {%- do quoted.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(quoted | join(', ')) }}
{%- endmacro %}

{% macro get_list_of_column_names(columns) -%}
    {{ return(columns | map(attribute='name') | list) }}
{%- endmacro %}


{% macro diff_columns(source_columns, target_columns) -%}
    {#- The columns that only the first has; names are compared as they are written. -#}
    {%- set there = target_columns | map(attribute='name') | list -%}
    {{ return(source_columns | rejectattr('name', 'in', there) | list) }}
{%- endmacro %}

{% macro diff_column_data_types(source_columns, target_columns) -%}
    {{ return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) }}
{%- endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) -%}
    {%- set changed = [] -%}
    {%- for new in source_columns -%}
        {%- for old in target_columns if old.name == new.name and old.data_type != new.data_type -%}
            {%- do changed.append({'column_name': old.name, 'new_type': new.data_type}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}


{% macro alter_column_type(relation, column_name, new_column_type) -%}
    {{ return(
        adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)
    ) }}
{%- endmacro %}

{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
    {%- do adapter.alter_column_type(relation, column_name, new_column_type) -%}
{%- endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
    {{ return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(
        relation, add_columns, remove_columns
    )) }}
{%- endmacro %}

{% macro default__alter_relation_add_remove_columns(
    relation, add_columns=none, remove_columns=none
) -%}
    {#- One statement a column: DuckDB alters one thing at a time. -#}
    {%- for column in add_columns or [] -%}
        {%- do run_query(
            'alter table ' ~ relation ~ ' add column ' ~ column.quoted ~ ' ' ~ column.data_type
        ) -%}
    {%- endfor -%}
    {%- for column in remove_columns or [] -%}
        {%- do run_query('alter table ' ~ relation ~ ' drop column ' ~ column.quoted) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro get_table_columns_and_constraints() -%}
    {{ return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_table_columns_and_constraints() -%}
    {{ return(dbt.table_columns_and_constraints()) }}
{%- endmacro %}

{% macro get_columns_spec_ddl() -%}
    {#- The name that dbt 1.4 had for it. -#}
    {{ return(dbt.get_table_columns_and_constraints()) }}
{%- endmacro %}

{% macro table_columns_and_constraints() -%}
    {#- The columns and constraints of a contract, as `create table` takes them. -#}
    {%- set parts = [] -%}
    {%- for column in (model['columns'] or {}).values() -%}
        {%- set words = [dbt.column_name_as_written(column), column['data_type']] -%}
        {%- for constraint in column['constraints'] or [] -%}
            {%- do words.append(dbt.constraint_sql(constraint)) -%}
        {%- endfor -%}
        {%- do parts.append(words | join(' ')) -%}
    {%- endfor -%}
    {%- for constraint in model['constraints'] or [] -%}
        {%- set name = constraint['name'] -%}
        {%- set named = 'constraint ' ~ adapter.quote(name) ~ ' ' if name else '' -%}
        {%- set columns = ' (' ~ (constraint['columns'] or []) | join(', ') ~ ')' -%}
        {%- do parts.append(named ~ dbt.constraint_sql(constraint, columns)) -%}
    {%- endfor -%}
    ({{ parts | join(', ') }})
{%- endmacro %}

{% macro column_name_as_written(column) -%}
    {{ return(adapter.quote(column['name']) if column['quote'] else column['name']) }}
{%- endmacro %}

{% macro constraint_sql(constraint, columns='') -%}
    {%- set expression = ' ' ~ constraint['expression'] if constraint['expression'] else '' -%}
    {%- set kind = constraint['type'] | string -%}
    {%- if kind == 'check' -%}
        check ({{ constraint['expression'] }})
    {%- elif kind == 'not_null' -%}
        not null{{ expression }}
    {%- elif kind in ('unique', 'primary_key') -%}
        {{ kind | replace('_', ' ') }}{{ columns }}{{ expression }}
    {%- elif kind == 'foreign_key' -%}
        {{ 'foreign key' ~ columns ~ ' ' if columns }}references
        {%- if constraint['to'] %} {{ constraint['to'] }}
            ({{ constraint['to_columns'] | join(', ') }})
        {%- else %}{{ expression }}{% endif -%}
    {%- else -%}
        {{ constraint['expression'] or '' }}
    {%- endif -%}
{%- endmacro %}

{% macro get_column_names() -%}
    {{ return(adapter.dispatch('get_column_names', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_column_names() -%}
    {%- set names = [] -%}
    {%- for column in (model['columns'] or {}).values() -%}
        {%- do names.append(dbt.column_name_as_written(column)) -%}
    {%- endfor -%}
    ({{ names | join(', ') }})
{%- endmacro %}

{% macro get_select_subquery(sql) -%}
    {{ return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) }}
{%- endmacro %}

{% macro default__get_select_subquery(sql) -%}
    {%- set names = [] -%}
    {%- for column in (model['columns'] or {}).values() -%}
        {%- do names.append(dbt.column_name_as_written(column)) -%}
    {%- endfor -%}
    select {{ names | join(', ') or '*' }}
    from (
    {{ sql }}
    ) as model_subq
{%- endmacro %}
