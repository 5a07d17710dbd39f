{#- Statements around a query: headers, hooks, results that no database gave. -#}

{% macro set_sql_header(config) -%}
    {%- do config.set('sql_header', caller()) -%}
{%- endmacro %}


{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
    {#- Keeps a result under a name as `statement` would, without asking the database. -#}
    {%- set sql = caller() -%}
    {%- if name is not none -%}
        {%- do store_raw_result(
            name, message=message, code=code, rows_affected=rows_affected, agate_table=res
        ) -%}
    {%- endif -%}
{%- endmacro %}


{% macro get_true_sql() -%}
    {{ return(adapter.dispatch('get_true_sql', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_true_sql() -%}
    true
{%- endmacro %}


{% macro make_hook_config(sql, inside_transaction) -%}
    {{ tojson({'sql': sql, 'transaction': inside_transaction}) }}
{%- endmacro %}

{% macro in_transaction(sql) -%}
    {{ dbt.make_hook_config(sql, inside_transaction=True) }}
{%- endmacro %}

{% macro before_begin(sql) -%}
    {{ dbt.make_hook_config(sql, inside_transaction=False) }}
{%- endmacro %}

{% macro after_commit(sql) -%}
    {{ dbt.make_hook_config(sql, inside_transaction=False) }}
{%- endmacro %}


{% macro snapshot_hash_arguments(args) -%}
    {{ return(adapter.dispatch('snapshot_hash_arguments', 'dbt')(args)) }}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
    {#- A null and an empty text count the same, as in dbt: snapshots already hold such hashes. -#}
    {%- set texts = [] -%}
    {%- for arg in args -%}
        {%- do texts.append("coalesce(cast(" ~ arg ~ " as varchar), '')") -%}
    {%- endfor -%}
    md5({{ texts | join(" || '|' || ") }})
{%- endmacro %}
