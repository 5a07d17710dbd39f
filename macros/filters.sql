{% macro same_filters() -%}
    {#- A report's own filters, given on to the functions that it stands on. -#}
    store := store, channel := channel, country := country, region := region, city := city,
    product := product, category := category, campaign := campaign, rfm_segment := rfm_segment,
    since_from := since_from, since_to := since_to
{%- endmacro %}


{% macro same_band() -%}
    revenue_min := revenue_min, revenue_max := revenue_max
{%- endmacro %}


{% macro figure(name, numerator, denominator='null') -%}
    {#- A figure of a profile with both sides of it; without a denominator it is a plain number. -#}
    {
        'name': '{{ name }}',
        'numerator': cast({{ numerator }} as decimal(38, 4)),
        'denominator': cast({{ denominator }} as decimal(38, 4)),
        'is_ratio': {{ 'false' if denominator == 'null' else 'true' }}
    }
{%- endmacro %}


{% macro deviation(feature) -%}
    {#- Standard deviation; null where all are alike but for rounding. -#}
    case when stddev_pop({{ feature }}) > 1e-9 then stddev_pop({{ feature }}) end
{%- endmacro %}
