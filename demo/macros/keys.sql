{#- Keys as the shop delivers them.
    A person with two accounts places every second order with the other one. -#}
{% macro customer_key(customers, purchase_no, origin) -%}
    case
        when {{ origin }} = 'stranger' then null
        when {{ customers }}.duplicate_kind is not null and {{ purchase_no }} % 2 = 0
            then 'c' || {{ customers }}.customer_no || 'b'
        else 'c' || {{ customers }}.customer_no
    end
{%- endmacro %}

{% macro product_key(product_no) -%}
    'p' || {{ product_no }}
{%- endmacro %}

{#- Paid channels and e-mail run one campaign a quarter. -#}
{% macro campaign_name(channel, moment) -%}
    case
        when {{ channel }} in ('paid_search', 'paid_social', 'affiliate')
            then {{ channel }} || strftime({{ moment }}, '-%Y-q') || quarter({{ moment }})
        when {{ channel }} = 'email' then strftime({{ moment }}, 'news-%Y-q') || quarter({{ moment }})
    end
{%- endmacro %}

{#- Visits and their carts: 0 is the visit that led to the order. -#}
{% macro visit_key(letter, visits) -%}
    '{{ letter }}' || {{ visits }}.order_key
    || case when {{ visits }}.visit_no > 0 then '-' || {{ visits }}.visit_no else '' end
{%- endmacro %}

{#- The address of a person's second account. -#}
{% macro second_email(people) -%}
    case {{ people }}.duplicate_kind
        when 'case' then upper({{ people }}.email)
        when 'phone' then lower({{ people }}.first_name) || {{ people }}.customer_no || '.home@example.org'
        else {{ people }}.email
    end
{%- endmacro %}

{% macro product_sku(category, product_no) -%}
    upper(left({{ category }}, 3)) || '-' || lpad(({{ product_no }})::varchar, 4, '0')
{%- endmacro %}

{#- The address of an account that only dirt opens. -#}
{% macro third_email(people) -%}
    lower({{ people }}.first_name) || {{ people }}.customer_no || '.work@example.com'
{%- endmacro %}

{#- Orders that the flash sale caused: campaign number ...7, origin 7. -#}
{% macro from_flash_sale(order_key) -%}
    {{ order_key }} % 100 = 77
{%- endmacro %}

{#- The campaign that an order's own visit came from. -#}
{% macro visit_campaign(order_key, channel, moment) -%}
    case
        when {{ from_flash_sale(order_key) }} then 'flash-' || year({{ moment }}) || '-pt'
        else {{ campaign_name(channel, moment) }}
    end
{%- endmacro %}
