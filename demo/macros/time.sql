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

{#- Hours that clocks in Warsaw are ahead of UTC: summer time runs from 01:00 UTC on the last Sunday of
    March to 01:00 UTC on the last Sunday of October. -#}
{% macro shop_offset(moment) -%}
    case
        when
            {{ moment }} >= {{ last_sunday(moment, 3) }} + interval 1 hour
            and {{ moment }} < {{ last_sunday(moment, 10) }} + interval 1 hour
            then 2
        else 1
    end
{%- endmacro %}

{% macro last_sunday(moment, month) -%}
    (make_date(year({{ moment }}), {{ month }}, 31) - dayofweek(make_date(year({{ moment }}), {{ month }}, 31))::integer)
{%- endmacro %}

{#- The same moment on the shop's wall. -#}
{% macro shop_time(moment) -%}
    ({{ moment }} + to_hours({{ shop_offset(moment) }}))
{%- endmacro %}
