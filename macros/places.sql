{% macro normalised_place(name) -%}
    {#- A place's name for comparing: lower case, without accents, dashes and spaces as one space. -#}
    nullif(trim(regexp_replace(lower(strip_accents({{ name }})), '[\s_-]+', ' ', 'g')), '')
{%- endmacro %}
