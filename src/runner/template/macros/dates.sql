{#- Dates and timestamps. -#}

{% macro as_timestamp_if_literal(expression) -%}
    {#- DuckDB cannot choose a type for a bare '2020-01-31'; all else keeps the type it has. -#}
    {%- if modules.re.match("(?i)\\s*('(?:[^']|'')*'|null)\\s*$", expression | string) -%}
        cast({{ expression }} as timestamp)
    {%- else -%}
        {{ expression }}
    {%- endif -%}
{%- endmacro %}


{% macro dateadd(datepart, interval, from_date_or_timestamp) -%}
    {{ return(adapter.dispatch('dateadd', 'dbt')(datepart, interval, from_date_or_timestamp)) }}
{%- endmacro %}

{% macro default__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {{ return(dbt.duckdb__dateadd(datepart, interval, from_date_or_timestamp)) }}
{%- endmacro %}

{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set from = dbt.as_timestamp_if_literal(from_date_or_timestamp) -%}
    ({{ from }} + interval 1 {{ datepart }} * cast({{ interval }} as bigint))
{%- endmacro %}


{% macro datediff(first_date, second_date, datepart) -%}
    {{ return(adapter.dispatch('datediff', 'dbt')(first_date, second_date, datepart)) }}
{%- endmacro %}

{% macro default__datediff(first_date, second_date, datepart) -%}
    {{ return(dbt.duckdb__datediff(first_date, second_date, datepart)) }}
{%- endmacro %}

{% macro duckdb__datediff(first_date, second_date, datepart) -%}
    {%- set first = 'cast(' ~ first_date ~ ' as timestamp)' -%}
    {%- set second = 'cast(' ~ second_date ~ ' as timestamp)' -%}
    {%- if datepart == 'week' -%}
        {#-
            dbt counts the Sundays passed, and one more than that backwards; 'WEEK' and 'weeks' are
            DuckDB's own. Tables hold these numbers, so they are kept.
        -#}
        (date_diff('day', {{ first }}, {{ second }}) // 7
            + (date_part('dow', {{ first }}) > date_part('dow', {{ second }}))::integer
            - ({{ first }} > {{ second }})::integer)
    {%- else -%}
        date_diff('{{ datepart }}', {{ first }}, {{ second }})
    {%- endif -%}
{%- endmacro %}


{% macro date_trunc(datepart, date) -%}
    {{ return(adapter.dispatch('date_trunc', 'dbt')(datepart, date)) }}
{%- endmacro %}

{% macro default__date_trunc(datepart, date) -%}
    date_trunc('{{ datepart }}', {{ dbt.as_timestamp_if_literal(date) }})
{%- endmacro %}


{% macro date(year, month, day) -%}
    {{ return(adapter.dispatch('date', 'dbt')(year, month, day)) }}
{%- endmacro %}

{% macro default__date(year, month, day) -%}
    make_date({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}


{% macro last_day(date, datepart) -%}
    {{ return(adapter.dispatch('last_day', 'dbt')(date, datepart)) }}
{%- endmacro %}

{% macro default__last_day(date, datepart) -%}
    {%- set next = dbt.dateadd(datepart, 1, dbt.date_trunc(datepart, date)) -%}
    cast({{ dbt.dateadd('day', -1, next) }} as date)
{%- endmacro %}

{% macro default_last_day(date, datepart) -%}
    {#- dbt's own name for it has one underscore. -#}
    {{ return(dbt.default__last_day(date, datepart)) }}
{%- endmacro %}


{% macro current_timestamp() -%}
    {{ return(adapter.dispatch('current_timestamp', 'dbt')()) }}
{%- endmacro %}

{% macro default__current_timestamp() -%}
    now()
{%- endmacro %}


{% macro current_timestamp_backcompat() -%}
    {{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}
{%- endmacro %}

{% macro default__current_timestamp_backcompat() -%}
    cast(now() as timestamp)
{%- endmacro %}


{% macro current_timestamp_in_utc_backcompat() -%}
    {{ return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) }}
{%- endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() -%}
    {#- In spite of its name the session's time, as on the peer. -#}
    {{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}
{%- endmacro %}


{% macro snapshot_get_time() -%}
    {{ return(adapter.dispatch('snapshot_get_time', 'dbt')()) }}
{%- endmacro %}

{% macro default__snapshot_get_time() -%}
    {{ dbt.current_timestamp() }}
{%- endmacro %}

{% macro duckdb__snapshot_get_time() -%}
    cast({{ dbt.current_timestamp() }} as timestamp)
{%- endmacro %}


{% macro snapshot_string_as_time(timestamp) -%}
    {{ return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) }}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) -%}
    cast('{{ timestamp }}' as timestamp)
{%- endmacro %}
