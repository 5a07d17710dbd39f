{% macro lift(n_ab, n_a, n_b, n) -%}
    {#- How many times as often as if both had nothing to do with each other: one division. -#}
    ({{ n_ab }}::hugeint * {{ n }})::double / ({{ n_a }}::hugeint * {{ n_b }})::double
{%- endmacro %}


{% macro lift_lower_bound(n_ab, n_a, n_b, n) -%}
    {#-
        Lower end of the 95 % interval of a lift. The counts are multinomial; by the delta method the
        logarithm of n_ab n / (n_a n_b) has the variance
        1 / n_ab - 1 / n_a - 1 / n_b + 1 / n + 2 (lift - 1) / n.
    -#}
    {{ lift(n_ab, n_a, n_b, n) }} * exp(
        -1.959963984540054 * sqrt(
            greatest(
                1 / {{ n_ab }} - 1 / {{ n_a }} - 1 / {{ n_b }} + 1 / {{ n }}
                + 2 * ({{ lift(n_ab, n_a, n_b, n) }} - 1) / {{ n }},
                0
            )
        )
    )
{%- endmacro %}
