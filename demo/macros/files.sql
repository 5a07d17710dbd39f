{#- Keys hardly repeat: looking for a dictionary of them would cost a quarter of the writing. -#}
{% macro file_options() -%}
    {{ return({'dictionary_size_limit': 1000} if var('format') == 'parquet' else {}) }}
{%- endmacro %}
