{#- Mean orders of the next days under BG/NBD, rate and dropout known: a living customer's orders thin out
    at rate * dropout. -#}
{% macro expected_orders(days) -%}
    case
        when is_alive
            then (1 - exp(-weekly_rate * dropout_probability * {{ days }} / 7)) / dropout_probability
        else 0
    end
{%- endmacro %}
