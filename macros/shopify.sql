{% macro shopify_time(text) -%}
    {#- A time of Shopify's exports, 2024-05-01 23:30:00 -0400, in UTC; another form is an error. -#}
    cast(
        strptime(nullif(trim({{ text }}), ''), '%Y-%m-%d %H:%M:%S %z') at time zone 'UTC'
        as timestamp
    )
{%- endmacro %}


{% macro without_apostrophe(text) -%}
    {#- Shopify writes '01101, so that spreadsheets keep the zero. -#}
    nullif(ltrim(trim({{ text }}), ''''), '')
{%- endmacro %}
