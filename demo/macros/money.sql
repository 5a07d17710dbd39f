{#- Money is whole cents inside the generator. Files carry decimals: two places in text,
    the canonical four elsewhere. -#}
{% macro money(cents) -%}
    (({{ cents }}) * 0.01)::decimal(18, {{ 2 if var('format') == 'csv' else 4 }})
{%- endmacro %}

{#- The share of `total` that falls on one row of a running sum; the shares of all rows add up to the cent. -#}
{% macro share_of(total, running, amount, whole) -%}
    coalesce(
        {{ total }} * {{ running }} // nullif({{ whole }}, 0)
        - {{ total }} * ({{ running }} - {{ amount }}) // nullif({{ whole }}, 0),
        0
    )
{%- endmacro %}
