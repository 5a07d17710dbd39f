{% macro local_time(utc_timestamp) -%}
    {#- A UTC timestamp as the shop's clock showed it; the session's time zone plays no part. -#}
    ({{ utc_timestamp }} at time zone 'UTC' at time zone '{{ var("time_zone") }}')
{%- endmacro %}


{% macro local_date(utc_timestamp) -%}
    cast({{ local_time(utc_timestamp) }} as date)
{%- endmacro %}


{% macro months_since(day) -%}
    {#- The months from that of the earliest day to the last that is seen, a row each; beside as_of. -#}
    cast(
        unnest(
            generate_series(
                date_trunc('month', min({{ day }})),
                date_trunc('month', max(as_of.as_of) - 1),
                interval 1 month
            )
        ) as date
    )
{%- endmacro %}
