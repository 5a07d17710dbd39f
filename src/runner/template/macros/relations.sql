{#- Schemas and relations: to make, rename, empty and drop them, and the statements that do so. -#}

{% macro create_schema(relation) -%}
    {{ return(adapter.dispatch('create_schema', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__create_schema(relation) -%}
    {%- do adapter.create_schema(relation) -%}
{%- endmacro %}


{% macro drop_schema(relation) -%}
    {{ return(adapter.dispatch('drop_schema', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__drop_schema(relation) -%}
    {%- do adapter.drop_schema(relation) -%}
{%- endmacro %}

{% macro drop_schema_named(schema_name) -%}
    {{ return(adapter.dispatch('drop_schema_named', 'dbt')(schema_name)) }}
{%- endmacro %}

{% macro default__drop_schema_named(schema_name) -%}
    {{ return(dbt.drop_schema(api.Relation.create(database=target.database, schema=schema_name))) }}
{%- endmacro %}


{% macro drop_relation(relation) -%}
    {{ return(adapter.dispatch('drop_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__drop_relation(relation) -%}
    {%- do adapter.drop_relation(relation) -%}
{%- endmacro %}

{% macro drop_relation_if_exists(relation) -%}
    {%- if relation is not none -%}
        {{ return(dbt.drop_relation(relation)) }}
    {%- endif -%}
{%- endmacro %}


{% macro rename_relation(from_relation, to_relation) -%}
    {{ return(adapter.dispatch('rename_relation', 'dbt')(from_relation, to_relation)) }}
{%- endmacro %}

{% macro default__rename_relation(from_relation, to_relation) -%}
    {%- do adapter.rename_relation(from_relation, to_relation) -%}
{%- endmacro %}


{% macro truncate_relation(relation) -%}
    {{ return(adapter.dispatch('truncate_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__truncate_relation(relation) -%}
    {%- do adapter.truncate_relation(relation) -%}
{%- endmacro %}


{% macro get_or_create_relation(database, schema, identifier, type) -%}
    {{ return(
        adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)
    ) }}
{%- endmacro %}

{% macro default__get_or_create_relation(database, schema, identifier, type) -%}
    {%- set there = adapter.get_relation(database, schema, identifier) -%}
    {%- if there -%}
        {{ return([true, there]) }}
    {%- endif -%}
    {%- set new = api.Relation.create(
        database=database, schema=schema, identifier=identifier, type=type
    ) -%}
    {{ return([false, new]) }}
{%- endmacro %}


{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') -%}
    {{ return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) }}
{%- endmacro %}

{% macro default__make_temp_relation(base_relation, suffix='__dbt_tmp') -%}
    {{ return(dbt.default__make_intermediate_relation(base_relation, suffix)) }}
{%- endmacro %}

{% macro duckdb__make_temp_relation(base_relation, suffix='__dbt_tmp') -%}
    {#- Temporary tables lie in no schema; the time keeps those of one connection apart. -#}
    {%- set now = modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f') -%}
    {{ return(api.Relation.create(
        identifier=base_relation.identifier ~ suffix ~ now, type=base_relation.type
    )) }}
{%- endmacro %}

{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') -%}
    {{ return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) }}
{%- endmacro %}

{% macro default__make_intermediate_relation(base_relation, suffix='__dbt_tmp') -%}
    {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix})) }}
{%- endmacro %}

{% macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') -%}
    {{ return(
        adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)
    ) }}
{%- endmacro %}

{% macro default__make_backup_relation(
    base_relation, backup_relation_type, suffix='__dbt_backup'
) -%}
    {{ return(base_relation.incorporate(
        path={'identifier': base_relation.identifier ~ suffix}, type=backup_relation_type
    )) }}
{%- endmacro %}


{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {{ return(
        adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code, language)
    ) }}
{%- endmacro %}

{% macro default__create_table_as(temporary, relation, sql, language='sql') -%}
    {%- if language != 'sql' -%}
        {{ exceptions.raise_compiler_error('create_table_as takes SQL, not ' ~ language) }}
    {%- endif -%}
    {%- set name = relation.include(database=not temporary, schema=not temporary) -%}
    {%- set word = 'temporary table' if temporary else 'table' -%}
    {%- set contract = config.get('contract') -%}
    {{ config.get('sql_header') or '' }}
    {%- if contract and contract.enforced and not temporary %}
    create {{ word }} {{ name }} {{ dbt.get_table_columns_and_constraints() }};
    insert into {{ name }} {{ dbt.get_column_names() }}
    {{ dbt.get_select_subquery(sql) }};
    {%- else %}
    create {{ word }} {{ name }} as (
    {{ sql }}
    );
    {%- endif -%}
{%- endmacro %}

{% macro get_create_table_as_sql(temporary, relation, sql) -%}
    {{ return(adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql)) }}
{%- endmacro %}

{% macro default__get_create_table_as_sql(temporary, relation, sql) -%}
    {{ return(dbt.create_table_as(temporary, relation, sql)) }}
{%- endmacro %}


{% macro create_view_as(relation, sql) -%}
    {{ return(adapter.dispatch('create_view_as', 'dbt')(relation, sql)) }}
{%- endmacro %}

{% macro default__create_view_as(relation, sql) -%}
    {{ config.get('sql_header') or '' }}
    create view {{ relation }} as (
    {{ sql }}
    );
{%- endmacro %}

{% macro get_create_view_as_sql(relation, sql) -%}
    {{ return(adapter.dispatch('get_create_view_as_sql', 'dbt')(relation, sql)) }}
{%- endmacro %}

{% macro default__get_create_view_as_sql(relation, sql) -%}
    {{ return(dbt.create_view_as(relation, sql)) }}
{%- endmacro %}


{% macro get_create_sql(relation, sql) -%}
    {{ return(adapter.dispatch('get_create_sql', 'dbt')(relation, sql)) }}
{%- endmacro %}

{% macro default__get_create_sql(relation, sql) -%}
    {%- if relation.is_view -%}
        {{ dbt.get_create_view_as_sql(relation, sql) }}
    {%- elif relation.is_table -%}
        {{ dbt.get_create_table_as_sql(False, relation, sql) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            'get_create_sql makes tables and views, not ' ~ relation.type
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro get_replace_sql(existing_relation, target_relation, sql) -%}
    {{ return(
        adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql)
    ) }}
{%- endmacro %}

{% macro default__get_replace_sql(existing_relation, target_relation, sql) -%}
    {{ dbt.get_drop_sql(existing_relation) }};
    {{ dbt.get_create_sql(target_relation, sql) }}
{%- endmacro %}


{% macro get_drop_sql(relation) -%}
    {{ return(adapter.dispatch('get_drop_sql', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__get_drop_sql(relation) -%}
    {{ dbt.drop_view(relation) if relation.is_view else dbt.drop_table(relation) }}
{%- endmacro %}

{% macro drop_table(relation) -%}
    {{ return(adapter.dispatch('drop_table', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__drop_table(relation) -%}
    drop table if exists {{ relation }} cascade
{%- endmacro %}

{% macro drop_view(relation) -%}
    {{ return(adapter.dispatch('drop_view', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__drop_view(relation) -%}
    drop view if exists {{ relation }} cascade
{%- endmacro %}


{% macro get_rename_sql(relation, new_name) -%}
    {{ return(adapter.dispatch('get_rename_sql', 'dbt')(relation, new_name)) }}
{%- endmacro %}

{% macro default__get_rename_sql(relation, new_name) -%}
    {%- set kind = 'view' if relation.is_view else 'table' -%}
    alter {{ kind }} {{ relation }} rename to {{ adapter.quote(new_name) }}
{%- endmacro %}


{% macro information_schema_name(database) -%}
    {{ return(adapter.dispatch('information_schema_name', 'dbt')(database)) }}
{%- endmacro %}

{% macro default__information_schema_name(database) -%}
    {{ database ~ '.' if database }}INFORMATION_SCHEMA
{%- endmacro %}

{% macro list_schemas(database) -%}
    {{ return(adapter.dispatch('list_schemas', 'dbt')(database)) }}
{%- endmacro %}

{% macro default__list_schemas(database) -%}
    {{ return(run_query(
        "select schema_name from system.information_schema.schemata"
        ~ " where lower(catalog_name) = lower('" ~ database ~ "') order by schema_name"
    )) }}
{%- endmacro %}

{% macro check_schema_exists(information_schema, schema) -%}
    {{ return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) }}
{%- endmacro %}

{% macro default__check_schema_exists(information_schema, schema) -%}
    {{ return(run_query(
        "select count(*) from system.information_schema.schemata"
        ~ " where lower(schema_name) = lower('" ~ schema ~ "')"
        ~ " and lower(catalog_name) = lower('" ~ information_schema.database ~ "')"
    )) }}
{%- endmacro %}

{% macro list_relations_without_caching(schema_relation) -%}
    {{ return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) }}
{%- endmacro %}

{% macro default__list_relations_without_caching(schema_relation) -%}
    {{ return(adapter.list_relations_without_caching(schema_relation)) }}
{%- endmacro %}


{% macro copy_grants() -%}
    {{ return(adapter.dispatch('copy_grants', 'dbt')()) }}
{%- endmacro %}

{% macro default__copy_grants() -%}
    {{ return(True) }}
{%- endmacro %}

{% macro should_revoke(existing_relation, full_refresh_mode=True) -%}
    {{ return(existing_relation is not none and (dbt.copy_grants() or not full_refresh_mode)) }}
{%- endmacro %}

{% macro apply_grants(relation, grant_config, should_revoke=True) -%}
    {{ return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) }}
{%- endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=True) -%}
    {#- DuckDB knows no grants. -#}
{%- endmacro %}
