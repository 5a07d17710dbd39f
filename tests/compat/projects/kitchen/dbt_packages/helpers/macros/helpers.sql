{% macro label() %}{{ return(adapter.dispatch('label', 'helpers')()) }}{% endmacro %}
{% macro default__label() %}'from helpers'{% endmacro %}
{% macro word() %}'{{ var('helper_word', 'default') }}'{% endmacro %}
{% test at_least(model, column_name, value) %}
select * from {{ model }} where {{ column_name }} < {{ value }}
{% endtest %}
