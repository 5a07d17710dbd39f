{#- Seconds from the first to the last moment of the shop's life; the same number in both kinds of time. -#}
{% macro seconds_in_all() -%}
    (date_diff('day', date '{{ var("start_date") }}', date '{{ var("end_date") }}') + 1) * 86400
{%- endmacro %}

{#- Calendar timestamp of a moment in operational seconds, given the row of gen_clock for its hour. -#}
{% macro calendar_time(clock, second) -%}
    timestamp '{{ var("start_date") }}'
    + to_seconds({{ clock }}.starts_at_second + ({{ second }} % 3600) * {{ clock }}.seconds // 3600)
{%- endmacro %}

{#- First moment that nobody has seen. -#}
{% macro end_of_time() -%}
    (timestamp '{{ var("end_date") }}' + interval 1 day)
{%- endmacro %}
