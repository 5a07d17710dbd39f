{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A folder's schema is the schema's name, without the target's in front of it. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
