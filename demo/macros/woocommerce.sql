{#- WooCommerce knows no "shipped" and no "partially refunded". -#}
{% macro woo_status(orders) -%}
    case {{ orders }}.status
        when 'delivered' then 'completed'
        when 'partially_refunded' then 'completed'
        when 'refunded' then 'refunded'
        when 'cancelled' then 'cancelled'
        when 'failed' then 'failed'
        when 'pending'
            then case when {{ orders }}.payment_method = 'bank_transfer' then 'on-hold' else 'pending' end
        else 'processing'
    end
{%- endmacro %}

{#- Guests and strangers are customer 0; of a guest the billing address tells the e-mail. -#}
{% macro woo_customer(orders) -%}
    case when coalesce({{ orders }}.is_guest, true) then 0 else {{ orders }}.account_no end
{%- endmacro %}

{% macro woo_payment(orders) -%}
    case {{ orders }}.payment_method
        when 'card' then 'stripe'
        when 'wallet' then 'ppcp-gateway'
        when 'bank_transfer' then 'bacs'
        when 'pay_later' then 'klarna_payments'
        else 'cod'
    end
{%- endmacro %}

{% macro woo_payment_title(orders) -%}
    case {{ orders }}.payment_method
        when 'card' then 'Credit / Debit Card'
        when 'wallet' then 'PayPal'
        when 'bank_transfer' then 'Direct bank transfer'
        when 'pay_later' then 'Klarna'
        else 'Cash on delivery'
    end
{%- endmacro %}

{#- A line in one cell of a CSV export. -#}
{% macro woo_packed_line(product, quantity, total, subtotal) -%}
    'name:' || {{ packed(product ~ '.product_name') }} || '|product_id:' || {{ product }}.product_no
    || '|sku:' || {{ product }}.sku || '|quantity:' || {{ quantity }}
    || '|total:' || {{ price_text(total) }} || '|sub_total:' || {{ price_text(subtotal) }}
{%- endmacro %}

{#- A refund is a post of its own, with an id of its own. -#}
{% macro woo_refund_id(orders) -%}
    (1000000000000 + {{ orders }}.order_key)
{%- endmacro %}
