{% macro measured(metric, numerator, denominator=none) -%}
    {#- A row of a report of metrics: with a denominator a ratio, else a number. -#}
    {
        'metric': '{{ metric }}',
        'numerator': cast({{ numerator }} as decimal(38, 4)),
        'denominator': cast({{ denominator or 'null' }} as decimal(38, 4)),
        'is_ratio': {{ 'true' if denominator else 'false' }}
    }
{%- endmacro %}


{% macro counted(metric, missing='0') -%}
    {{ measured(metric, 'coalesce(customer_sums.' ~ metric ~ ', ' ~ missing ~ ')') }}
{%- endmacro %}


{% macro divided(metric, numerator, denominator) -%}
    {#- Of nothing both sides are 0, and the quotient null. -#}
    {{ measured(
        metric,
        'coalesce(customer_sums.' ~ numerator ~ ', 0)',
        'coalesce(customer_sums.' ~ denominator ~ ', 0)'
    ) }}
{%- endmacro %}
