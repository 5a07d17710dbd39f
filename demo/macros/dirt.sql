{#- What dirt does to the row at hand; `defects` is the row of dirty_orders, if the shop is dirty at all. -#}
{% macro defect(column, otherwise) -%}
    {%- if var('dirt') > 0 -%}
    coalesce(defects.{{ column }}, {{ otherwise }})
    {%- else -%}
    {{ otherwise }}
    {%- endif -%}
{%- endmacro %}

{% macro join_defects(order_key) -%}
    {%- if var('dirt') > 0 -%}
    left join {{ ref('dirty_orders') }} as defects on defects.order_key = {{ order_key }}
    {%- endif -%}
{%- endmacro %}

{#- Money of an order that was booked in lei: five to the euro, always. -#}
{% macro booked(cents) -%}
    {{ money(cents if var('dirt') < 2 else '(' ~ cents ~ ') * ' ~ defect('factor', '1')) }}
{%- endmacro %}

{% macro booked_currency(currency) -%}
    {%- if var('dirt') > 1 -%}
    case when {{ defect('factor', '1') }} = 5 then 'RON' else {{ currency }} end
    {%- else -%}
    {{ currency }}
    {%- endif -%}
{%- endmacro %}

{#- Whose an order is, by the file. -#}
{% macro booked_customer(customers, purchase_no, origin) -%}
    {%- if var('dirt') > 1 -%}
    case
        when {{ defect('is_owner_changed', 'false') }} then defects.owner_id
        else {{ customer_key(customers, purchase_no, origin) }}
    end
    {%- else -%}
    {{ customer_key(customers, purchase_no, origin) }}
    {%- endif -%}
{%- endmacro %}

{#- The copies of a row that dirt leaves behind, the row itself first. -#}
{% macro copies(extra) -%}
    {%- if var('dirt') > 0 -%}
    unnest(case {{ defect('kind', "''") }}
        {%- for kind, copy in extra.items() %}
        when '{{ kind }}' then ['original', '{{ copy }}']
        {%- endfor %}
        else ['original']
    end)
    {%- else -%}
    'original'
    {%- endif -%}
{%- endmacro %}

{#- The first day of the file orders_2. -#}
{% macro second_file_day() -%}
    (date '{{ var("start_date") }}' + ((date '{{ var("end_date") }}' - date '{{ var("start_date") }}') // 2)::integer)
{%- endmacro %}
