{#- Where an order stands, given what became of its money. -#}
{% macro order_status(orders, refunds) -%}
    case
        when {{ refunds }}.kind = 'cancelled' or {{ refunds }}.order_key is null
            then {{ orders }}.status_before_refund
        when {{ refunds }}.is_whole then 'refunded'
        else 'partially_refunded'
    end
{%- endmacro %}
