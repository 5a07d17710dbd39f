{#- Adding rows to a table that is there, and following changes of its columns. -#}

{% macro listed(value) -%}
    {#- One text or a list of them, as a list. -#}
    {{ return([] if not value else [value] if value is string else value) }}
{%- endmacro %}

{% macro insert_rows_sql(target, source, dest_columns) -%}
    {%- set columns = dbt.get_quoted_csv(dest_columns | map(attribute='name')) -%}
    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ source }}
{%- endmacro %}


{% macro get_insert_into_sql(target_relation, temp_relation, dest_columns) -%}
    {{ dbt.insert_rows_sql(target_relation, temp_relation, dest_columns) }}
{%- endmacro %}


{% macro get_delete_insert_merge_sql(
    target, source, unique_key, dest_columns, incremental_predicates=none
) -%}
    {{ return(adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(
        target, source, unique_key, dest_columns, incremental_predicates
    )) }}
{%- endmacro %}

{% macro default__get_delete_insert_merge_sql(
    target, source, unique_key, dest_columns, incremental_predicates=none
) -%}
    {%- if unique_key -%}
    delete from {{ target }} as DBT_INCREMENTAL_TARGET
    where
        {%- if unique_key is string %} ({{ unique_key }}) in (
        select ({{ unique_key }})
        from {{ source }}
    )
        {%- else %} exists (
        select 1
        from {{ source }} as DBT_INTERNAL_SOURCE
        where
            {%- for key in unique_key %}
            {{ 'and ' if not loop.first -}}
            DBT_INTERNAL_SOURCE.{{ key }} = DBT_INCREMENTAL_TARGET.{{ key }}
            {%- endfor %}
    )
        {%- endif %}
        {%- for predicate in dbt.listed(incremental_predicates) %}
        and {{ predicate }}
        {%- endfor -%}
    ;
    {% endif -%}
    {{ dbt.insert_rows_sql(target, source, dest_columns) }}
{%- endmacro %}


{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {{ return(adapter.dispatch('get_merge_sql', 'dbt')(
        target, source, unique_key, dest_columns, incremental_predicates
    )) }}
{%- endmacro %}

{% macro default__get_merge_sql(
    target, source, unique_key, dest_columns, incremental_predicates=none
) -%}
    {%- set conditions = [] -%}
    {%- for key in dbt.listed(unique_key) -%}
        {%- do conditions.append(
            dbt.get_merge_unique_key_match('DBT_INTERNAL_SOURCE.' ~ key, 'DBT_INTERNAL_DEST.' ~ key)
        ) -%}
    {%- endfor -%}
    {%- set conditions = (conditions or ['false']) + dbt.listed(incremental_predicates) | list -%}
    {%- set updated = dbt.get_merge_update_columns(
        config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns
    ) -%}
    {%- set names = dest_columns | map(attribute='name') | list -%}
    {{ config.get('sql_header') or '' }}
    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    on ({{ conditions | join(') and (') }})
    {%- if unique_key and updated %}
    when matched then update set
        {%- for name in updated %}
        {{ name }} = DBT_INTERNAL_SOURCE.{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- endif %}
    when not matched then insert ({{ dbt.get_quoted_csv(names) }})
    values (
        {%- for name in names -%}
            DBT_INTERNAL_SOURCE.{{ adapter.quote(name) }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
    {{ return(
        adapter.dispatch('get_merge_unique_key_match', 'dbt')(source_unique_key, target_unique_key)
    ) }}
{%- endmacro %}

{% macro default__get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
    {{ dbt.equals(source_unique_key, target_unique_key) }}
{%- endmacro %}

{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) -%}
    {{ return(adapter.dispatch('get_merge_update_columns', 'dbt')(
        merge_update_columns, merge_exclude_columns, dest_columns
    )) }}
{%- endmacro %}

{% macro default__get_merge_update_columns(
    merge_update_columns, merge_exclude_columns, dest_columns
) -%}
    {#- The columns to update, as written in the configuration or quoted. -#}
    {%- if merge_update_columns and merge_exclude_columns -%}
        {{ exceptions.raise_compiler_error(
            'merge_update_columns and merge_exclude_columns exclude each other: configure one'
        ) }}
    {%- endif -%}
    {%- if merge_update_columns -%}
        {{ return(dbt.listed(merge_update_columns)) }}
    {%- endif -%}
    {%- set left_out = dbt.listed(merge_exclude_columns) | map('lower') | list -%}
    {%- set kept = [] -%}
    {%- for column in dest_columns if column.name | lower not in left_out -%}
        {%- do kept.append(column.quoted) -%}
    {%- endfor -%}
    {{ return(kept) }}
{%- endmacro %}


{% macro get_incremental_append_sql(arg_dict) -%}
    {{ return(adapter.dispatch('get_incremental_append_sql', 'dbt')(arg_dict)) }}
{%- endmacro %}

{% macro default__get_incremental_append_sql(arg_dict) -%}
    {{ return(dbt.get_insert_into_sql(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns']
    )) }}
{%- endmacro %}

{% macro get_incremental_delete_insert_sql(arg_dict) -%}
    {{ return(adapter.dispatch('get_incremental_delete_insert_sql', 'dbt')(arg_dict)) }}
{%- endmacro %}

{% macro default__get_incremental_delete_insert_sql(arg_dict) -%}
    {{ return(dbt.get_delete_insert_merge_sql(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'],
        arg_dict['dest_columns'], arg_dict['incremental_predicates']
    )) }}
{%- endmacro %}

{% macro get_incremental_merge_sql(arg_dict) -%}
    {{ return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) }}
{%- endmacro %}

{% macro default__get_incremental_merge_sql(arg_dict) -%}
    {{ return(dbt.get_merge_sql(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'],
        arg_dict['dest_columns'], arg_dict['incremental_predicates']
    )) }}
{%- endmacro %}

{% macro get_incremental_default_sql(arg_dict) -%}
    {{ return(adapter.dispatch('get_incremental_default_sql', 'dbt')(arg_dict)) }}
{%- endmacro %}

{% macro default__get_incremental_default_sql(arg_dict) -%}
    {%- if arg_dict['unique_key'] -%}
        {{ return(dbt.get_incremental_delete_insert_sql(arg_dict)) }}
    {%- endif -%}
    {{ return(dbt.get_incremental_append_sql(arg_dict)) }}
{%- endmacro %}


{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') -%}
    {%- set known = ('sync_all_columns', 'append_new_columns', 'fail', 'ignore') -%}
    {%- if on_schema_change in known -%}
        {{ return(on_schema_change) }}
    {%- endif -%}
    {%- do log(
        'on_schema_change is ' ~ on_schema_change ~ ', which is none of ' ~ known | join(', ')
        ~ '; ' ~ default ~ ' is taken'
    ) -%}
    {{ return(default) }}
{%- endmacro %}

{% macro check_for_schema_changes(source_relation, target_relation) -%}
    {{ return(
        adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)
    ) }}
{%- endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) -%}
    {%- set source = adapter.get_columns_in_relation(source_relation) -%}
    {%- set there = adapter.get_columns_in_relation(target_relation) -%}
    {%- set added = dbt.diff_columns(source, there) -%}
    {%- set removed = dbt.diff_columns(there, source) -%}
    {%- set retyped = dbt.diff_column_data_types(source, there) -%}
    {{ return({
        'schema_changed': (added or removed or retyped) | length > 0,
        'source_not_in_target': added,
        'target_not_in_source': removed,
        'source_columns': source,
        'target_columns': there,
        'new_target_types': retyped,
    }) }}
{%- endmacro %}

{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) -%}
    {{ return(adapter.dispatch('sync_column_schemas', 'dbt')(
        on_schema_change, target_relation, schema_changes_dict
    )) }}
{%- endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) -%}
    {%- set added = schema_changes_dict['source_not_in_target'] -%}
    {%- if on_schema_change == 'append_new_columns' -%}
        {%- do dbt.alter_relation_add_remove_columns(target_relation, added, none) -%}
    {%- elif on_schema_change == 'sync_all_columns' -%}
        {%- do dbt.alter_relation_add_remove_columns(
            target_relation, added, schema_changes_dict['target_not_in_source']
        ) -%}
        {%- for change in schema_changes_dict['new_target_types'] -%}
            {%- do dbt.alter_column_type(
                target_relation, change['column_name'], change['new_type']
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {{ return(adapter.dispatch('process_schema_changes', 'dbt')(
        on_schema_change, source_relation, target_relation
    )) }}
{%- endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {#- The columns to fill afterwards, or an empty mapping when changes are ignored. -#}
    {%- if on_schema_change == 'ignore' -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set changes = dbt.check_for_schema_changes(source_relation, target_relation) -%}
    {%- if changes['schema_changed'] and on_schema_change == 'fail' -%}
        {{ exceptions.raise_compiler_error(
            'the columns of ' ~ target_relation ~ ' and of its query differ'
            ~ ' (on_schema_change is fail): added '
            ~ dbt.get_list_of_column_names(changes['source_not_in_target'])
            ~ ', removed ' ~ dbt.get_list_of_column_names(changes['target_not_in_source'])
            ~ ', of another type '
            ~ changes['new_target_types'] | map(attribute='column_name') | list
            ~ '. Build it with --full-refresh, or set on_schema_change to sync_all_columns'
        ) }}
    {%- endif -%}
    {%- if changes['schema_changed'] -%}
        {%- do dbt.sync_column_schemas(on_schema_change, target_relation, changes) -%}
    {%- endif -%}
    {{ return(changes['source_columns']) }}
{%- endmacro %}
