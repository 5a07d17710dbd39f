{% macro exact_sum(amount) -%}
    {#- A sum of doubles that does not depend on the order of the rows: of twelve decimals, exactly. -#}
    cast(sum(cast({{ amount }} as decimal(38, 12))) as double)
{%- endmacro %}
