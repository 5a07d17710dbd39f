{% macro local_time(utc_timestamp) -%}
    {#- A UTC timestamp as the shop's clock showed it; the session's time zone plays no part. -#}
    ({{ utc_timestamp }} at time zone 'UTC' at time zone '{{ var("time_zone") }}')
{%- endmacro %}


{% macro local_date(utc_timestamp) -%}
    cast({{ local_time(utc_timestamp) }} as date)
{%- endmacro %}
