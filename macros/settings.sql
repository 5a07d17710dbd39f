{% macro one_of(name, value, allowed) -%}
    {#-
        The value of a variable that has few. What is mistyped would be taken for one of them, and a
        text like 'no' for yes.
    -#}
    {%- if value not in allowed -%}
        {{ exceptions.raise_compiler_error(
            "the variable " ~ name ~ " is " ~ value | tojson ~ ", and none of: "
            ~ allowed | map('tojson') | join(', ')
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{% macro switched(name, value) -%}
    {{ return(one_of(name, value, [true, false])) }}
{%- endmacro %}


{% macro refuse_setting(name, value, wanted) -%}
    {{ exceptions.raise_compiler_error(
        "the variable " ~ name ~ " is " ~ value | tojson ~ ", and not " ~ wanted
    ) }}
{%- endmacro %}
