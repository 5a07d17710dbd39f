{% macro wilson_bound(successes, trials, side) -%}
    {#- Lower (`-`) or upper (`+`) end of Wilson's 95 % interval of a share; null without trials. -#}
    case
        when {{ trials }} > 0
            then
                (
                    {{ successes }} + 1.9207294103470845
                    {{ side }} 1.959963984540054 * sqrt(
                        {{ successes }}::double * ({{ trials }} - {{ successes }}) / {{ trials }}
                        + 0.9603647051735422
                    )
                ) / ({{ trials }} + 3.841458820694169)
    end
{%- endmacro %}
