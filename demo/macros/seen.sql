{#- What the shop knew at `until`: a moment that had not come yet is null. Without `until` the column. -#}
{% macro seen(column) -%}
    {%- if var('until') -%}
    case when {{ column }} < timestamp '{{ var("until") }}' then {{ column }} end
    {%- else -%}
    {{ column }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a row belongs to these files: it was there before `until`, and came or changed since `since`.
    first: when it came; changes: later moments at which it changed, null where that has not happened. -#}
{% macro in_window(first, changes=[]) -%}
    {%- if not var('since') and not var('until') -%}
    true
    {%- else -%}
    {%- if var('until') -%}
    {{ first }} < timestamp '{{ var("until") }}'
    {%- endif -%}
    {%- if var('since') and var('until') %} and {% endif -%}
    {%- if var('since') -%}
    (
        {{ first }} >= timestamp '{{ var("since") }}'
        {%- for change in changes %}
        or coalesce({{ change }} >= timestamp '{{ var("since") }}', false)
        {%- if var('until') %} and {{ change }} < timestamp '{{ var("until") }}'{% endif %}
        {%- endfor %}
    )
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
