{#- Rows out of nothing: numbers and dates. -#}

{% macro get_powers_of_two(upper_bound) -%}
    {{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}
{%- endmacro %}

{% macro default__get_powers_of_two(upper_bound) -%}
    {#- The least power, from 1 up, of which two reaches the bound. -#}
    {%- if upper_bound <= 0 -%}
        {{ exceptions.raise_compiler_error('upper bound must be positive') }}
    {%- endif -%}
    {%- for power in range(1, 100) if 2 ** power >= upper_bound -%}
        {{ return(power) }}
    {%- endfor -%}
{%- endmacro %}


{% macro generate_series(upper_bound) -%}
    {{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}
{%- endmacro %}

{% macro default__generate_series(upper_bound) -%}
    select numbers.generated_number
    from generate_series(1, {{ upper_bound }}) as numbers (generated_number)
{%- endmacro %}


{% macro get_intervals_between(start_date, end_date, datepart) -%}
    {{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{%- endmacro %}

{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
    {%- if not execute -%}
        {{ return(1) }}
    {%- endif -%}
    {%- set counted = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart)) -%}
    {{ return(counted.rows[0][0]) }}
{%- endmacro %}


{% macro date_spine(datepart, start_date, end_date) -%}
    {{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{%- endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) -%}
    {#- The database counts the steps when the model runs: nothing is asked while compiling. -#}
    select spine.date_{{ datepart }}
    from (
        select {{ dbt.dateadd(datepart, 'spine_steps.step', start_date) }} as date_{{ datepart }}
        from (
            select unnest(range({{ dbt.datediff(start_date, end_date, datepart) }})) as step
        ) as spine_steps
    ) as spine
    where spine.date_{{ datepart }} <= {{ end_date }}
{%- endmacro %}
