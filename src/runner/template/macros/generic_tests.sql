{#- The four generic tests: each selects the rows that fail, under dbt's names of columns. -#}

{% test not_null(model, column_name) %}
    {{ return(adapter.dispatch('test_not_null', 'dbt')(model, column_name)) }}
{% endtest %}

{% macro default__test_not_null(model, column_name) -%}
    select {{ '*' if should_store_failures() else column_name }}
    from {{ model }}
    where {{ column_name }} is null
{%- endmacro %}


{% test unique(model, column_name) %}
    {{ return(adapter.dispatch('test_unique', 'dbt')(model, column_name)) }}
{% endtest %}

{% macro default__test_unique(model, column_name) -%}
    select
        {{ column_name }} as unique_field,
        count(*) as n_records
    from {{ model }}
    where {{ column_name }} is not null
    group by {{ column_name }}
    having count(*) > 1
{%- endmacro %}


{% test accepted_values(model, column_name, values, quote=True) %}
    {{ return(adapter.dispatch('test_accepted_values', 'dbt')(model, column_name, values, quote)) }}
{% endtest %}

{% macro default__test_accepted_values(model, column_name, values, quote=True) -%}
    with all_values as (
        select
            {{ column_name }} as value_field,
            count(*) as n_records
        from {{ model }}
        group by {{ column_name }}
    )

    select value_field, n_records
    from all_values
    where value_field not in (
        {%- for value in values -%}
            {{ "'" ~ dbt.double_lone_quotes(value) ~ "'" if quote else value }}
            {{- ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}


{% test relationships(model, column_name, to, field) %}
    {{ return(adapter.dispatch('test_relationships', 'dbt')(model, column_name, to, field)) }}
{% endtest %}

{% macro default__test_relationships(model, column_name, to, field) -%}
    with child as (
        select {{ column_name }} as from_field
        from {{ model }}
        where {{ column_name }} is not null
    ),

    parent as (
        select {{ field }} as to_field
        from {{ to }}
    )

    select child.from_field
    from child
    left join parent on child.from_field = parent.to_field
    where parent.to_field is null
{%- endmacro %}


{% macro should_store_failures() -%}
    {#- What the test's configuration says, else the command line. -#}
    {%- set configured = config.get('store_failures') -%}
    {{ return(flags.STORE_FAILURES if configured is none or configured == '' else configured) }}
{%- endmacro %}


{% macro default__get_where_subquery(relation) -%}
    {#- For projects that replace `get_where_subquery` and dispatch back to dbt's. -#}
    {%- set where = config.get('where') -%}
    {{ return(
        '(select * from ' ~ relation ~ ' where ' ~ where ~ ') dbt_subquery' if where else relation
    ) }}
{%- endmacro %}


{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {{ return(
        adapter.dispatch('get_test_sql', 'dbt')(main_sql, fail_calc, warn_if, error_if, limit)
    ) }}
{%- endmacro %}

{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    select
        {{ fail_calc }} as failures,
        {{ fail_calc }} {{ warn_if }} as should_warn,
        {{ fail_calc }} {{ error_if }} as should_error
    from (
        {{ main_sql }}
        {{ 'limit ' ~ limit if limit is not none }}
    ) as dbt_internal_test
{%- endmacro %}
