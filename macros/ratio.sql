{% macro ratio(numerator, denominator) -%}
    {#-
        Both sides become whole numbers first, so the quotient is rounded once.
        Null when the denominator is 0.
    -#}
    case
        when ({{ denominator }}) <> 0
            then
                (({{ numerator }}) * 10000)::hugeint::double
                / (({{ denominator }}) * 10000)::hugeint::double
    end
{%- endmacro %}
