{% macro same_filters() -%}
    {#- A report's own filters, given on to the functions that it stands on. -#}
    store := store, channel := channel, country := country, region := region, city := city,
    product := product, category := category, campaign := campaign, rfm_segment := rfm_segment,
    since_from := since_from, since_to := since_to
{%- endmacro %}
