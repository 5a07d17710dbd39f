{% macro without_apostrophe(text) -%}
    {#- Shopify writes '01101, so that spreadsheets keep the zero. -#}
    nullif(ltrim(trim({{ text }}), ''''), '')
{%- endmacro %}


{% macro shopify_gift_card() -%}
    {#-
        Whether a line sells a gift card: it is neither sent nor taxed, and its name says so. The export
        has no mark for them.
    -#}
    coalesce(
        lower(trim("Lineitem requires shipping")) = 'false'
        and lower(trim("Lineitem taxable")) = 'false'
        and regexp_matches(
            lower("Lineitem name"),
            'gift.?(card|voucher|certificate)|gutschein|carte.?cadeau|cadeaubon|tarjeta (de )?regalo'
            || '|buono regalo|karta podarunkowa|cart[ãa]o.?presente|presentkort|gavekort'
        ),
        false
    )
{%- endmacro %}


{% macro shopify_tip() -%}
    {#- Whether a line is the tip that was given at the checkout: it stands among the lines, and in no subtotal. -#}
    coalesce(
        lower(trim("Lineitem name")) = 'tip'
        and lower(trim("Lineitem requires shipping")) = 'false'
        and lower(trim("Lineitem taxable")) = 'false'
        and {{ without_apostrophe('"Lineitem sku"') }} is null,
        false
    )
{%- endmacro %}
