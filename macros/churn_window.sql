{% macro churn_window() -%}
    {#-
        Days without an order after which a customer has lapsed: the number of churn_window_days, or
        the customer's own where that is `auto`; then `windows` must be joined, which knows those
        whose identity is reliable.
    -#}
    {% if var('churn_window_days') == 'auto' -%}
    coalesce(windows.window_days, {{ var('churn_window_fallback_days') }})
    {%- else -%}
    {{ var('churn_window_days') }}
    {%- endif %}
{%- endmacro %}
