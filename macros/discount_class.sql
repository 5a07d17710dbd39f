{% macro fits_discount_class(customers, classes) -%}
    {#- Shares are compared as products of decimals: 9 of 10 is exactly .9 of 10. -#}
    {{ customers }}.orders >= {{ classes }}.orders_min
    and {{ customers }}.orders <= coalesce({{ classes }}.orders_max, {{ customers }}.orders)
    and {{ customers }}.discounted_orders
    >= {{ classes }}.discounted_share_min * {{ customers }}.orders
    and {{ customers }}.discounted_orders
    <= {{ classes }}.discounted_share_max * {{ customers }}.orders
{%- endmacro %}
